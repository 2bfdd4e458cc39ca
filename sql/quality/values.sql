-- How many values Segment states of each attribute, for the people in Braze, how many of them are an explicit null, and how
-- many nobody can read.
SELECT
    counted.attribute,
    counted.readable + coalesce(invalid.cells, 0) AS stated,
    counted.nulls,
    coalesce(invalid.cells, 0) AS unreadable
FROM (
    SELECT
        unnest([
            {% for cell in cells %}
            {
                'attribute': {{ cell.name }},
                'readable': count({{ cell.column }}),
                'nulls': count(*) FILTER (WHERE {{ cell.column }} = 'null')
            }{% if not loop.last %},{% endif %}

            {% endfor %}
        ], recursive := TRUE)
    FROM desired
) AS counted
LEFT JOIN (
    SELECT attribute, count(*) AS cells
    FROM attribute_drift
    WHERE cause = 'invalid'
    GROUP BY attribute
) AS invalid ON counted.attribute = invalid.attribute;
