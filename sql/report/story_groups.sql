-- One profile's audiences in subscription groups: what Segment says, what Braze holds, and the drift that was found.
{% for cohort in cohorts %}
SELECT
    {{ cohort.name }} AS audience,
    desired.{{ cohort.column }} AS segment,
    coalesce(group_held.status = 'subscribed', FALSE) AS braze,
    cohort_drift.change,
    cohort_drift.cause
FROM desired
LEFT JOIN group_held ON desired.external_id = group_held.external_id AND group_held.number = {{ cohort.number }}
LEFT JOIN cohort_drift ON desired.external_id = cohort_drift.external_id AND cohort_drift.number = {{ cohort.number }}
WHERE desired.external_id = $external_id
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
