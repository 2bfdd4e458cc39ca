-- One attribute's expression over the trait columns, with nobody to compute it for: fails where DuckDB cannot bind it.
SELECT {{ given }} AS given
FROM (
    SELECT
        {% for trait in traits %}
        CAST(NULL AS VARCHAR) AS {{ trait.column }},
        {% endfor %}
        FALSE AS nothing
) AS resolved
WHERE nothing;
