-- Members of each audience on both sides, among the profiles that are compared.
SELECT counted.*
FROM (
    SELECT
        unnest([
            {% for cohort in cohorts %}
            {
                'number': {{ cohort.number }},
                'segment': count(*) FILTER (WHERE desired.{{ cohort.column }} = 'true'),
                'braze': count(*) FILTER (WHERE {{ cohort.holds('actual.' ~ cohort.field.column) }})
            }{% if not loop.last %},{% endif %}

            {% endfor %}
        ], recursive := TRUE)
    FROM desired
    INNER JOIN actual ON desired.external_id = actual.external_id
) AS counted
ORDER BY counted.number;
