-- One profile, audience by audience: what Segment says, what Braze holds, and the drift that was found.
SELECT
    cohort.audience,
    CASE cohort.number
        {% for cohort in cohorts %}
        WHEN {{ cohort.number }} THEN desired.{{ cohort.column }}
        {% endfor %}
    END AS segment,
    CASE cohort.number
        {% for cohort in cohorts %}
        WHEN {{ cohort.number }} THEN {{ cohort.holds('actual.' ~ cohort.field.column) }}
        {% endfor %}
    END AS braze,
    cohort_drift.change,
    cohort_drift.cause
FROM cohort
CROSS JOIN (SELECT * FROM desired WHERE external_id = $external_id) AS desired
INNER JOIN actual ON desired.external_id = actual.external_id
LEFT JOIN cohort_drift
    ON desired.external_id = cohort_drift.external_id AND cohort.number = cohort_drift.number
WHERE cohort.form <> 'subscription_group'
ORDER BY cohort.number;
