-- What the corrections that are not withheld cost, and what it would have cost to push every value that Segment states.
SELECT
    count(DISTINCT external_id) FILTER (WHERE state = 'planned') AS objects,
    coalesce(sum(data_points) FILTER (WHERE state = 'planned'), 0) AS data_points,
    count(*) FILTER (WHERE state = 'planned') AS cells,
    (
        SELECT
            {% for cell in cells %}
            count(*) FILTER (WHERE {{ cell.column }} <> 'null'){% if not loop.last %} +{% endif %}

            {% endfor %}
        FROM desired
    ) AS stated
FROM correction;
