-- Members of each audience on each side and on both, among the profiles that are compared.
SELECT
    NULL::INTEGER AS number,
    NULL::BIGINT AS segment,
    NULL::BIGINT AS braze,
    NULL::BIGINT AS both
WHERE FALSE
{% if cohorts %}
UNION ALL
SELECT counted.*
FROM (
    SELECT
        unnest([
            {% for cohort in cohorts %}
            {
                'number': {{ cohort.number }},
                'segment': count(*) FILTER (WHERE desired.{{ cohort.column }} = 'true'),
                'braze': count(*) FILTER (WHERE {{ cohort.holds('actual.' ~ cohort.field.column) }}),
                'both': count(*) FILTER (
                    WHERE desired.{{ cohort.column }} = 'true' AND {{ cohort.holds('actual.' ~ cohort.field.column) }}
                )
            }{% if not loop.last %},{% endif %}

            {% endfor %}
        ], recursive := TRUE)
    FROM desired
    INNER JOIN actual ON desired.external_id = actual.external_id
) AS counted
{% endif %}
{% for cohort in in_groups %}
UNION ALL
SELECT
    {{ cohort.number }} AS number,
    count(*) FILTER (WHERE desired.{{ cohort.column }} = 'true') AS segment,
    count(*) FILTER (WHERE group_held.status = 'subscribed') AS braze,
    count(*) FILTER (WHERE desired.{{ cohort.column }} = 'true' AND group_held.status = 'subscribed') AS both
FROM desired
INNER JOIN group_held ON desired.external_id = group_held.external_id AND group_held.number = {{ cohort.number }}
{% endfor %}
ORDER BY number;
