-- What the corrections that are not withheld cost, and what it would have cost to push every value that Segment states.
SELECT
    coalesce(sum(data_points) FILTER (WHERE state = 'planned'), 0) AS data_points,
    count(*) FILTER (WHERE state = 'planned' AND class IN ('attribute', 'cohort') AND data_points > 0) AS cells,
    (
        SELECT
            {% for cell in cells %}
            count(*) FILTER (WHERE {{ cell.column }} <> 'null') +
            {% endfor %}
            {% for field in fields_of_cohorts %}
            count(*) FILTER (
                WHERE FALSE{% for cohort in cohorts if cohort.field == field %} OR {{ cohort.column }} IS NOT NULL{% endfor %}

            ) +
            {% endfor %}
            0
        FROM desired
    ) AS stated
FROM correction;
