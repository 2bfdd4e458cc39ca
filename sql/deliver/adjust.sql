-- An array of audiences is written whole. Where a merge has changed it since the plan was made, what enters and leaves is
-- applied to what stands there now, so that nothing that came with the merge is lost. A delivery that is gone on with does
-- so anew, from what was planned.
DELETE FROM adjusted
USING result
WHERE
    adjusted.correction_id = result.correction_id
    AND result.state IN ('planned', 'unknown')
    AND list_contains(from_json($asked, '["VARCHAR"]'), result.external_id);

INSERT INTO adjusted
{% for field in fields_of_cohorts %}
SELECT
    correction_id,
    concat('[', array_to_string(list_concat(kept, list_filter(entering, lambda key: NOT list_contains(kept, key)))[:{{ field.most }}], ','), ']') AS after
FROM (
    SELECT
        result.correction_id,
        list_filter(
            coalesce(elements(read_back.{{ field.column }}), []),
            lambda key: NOT list_contains(elements(coalesce(correction.before, '[]')), key)
                OR list_contains(elements(correction.after), key)
        ) AS kept,
        list_filter(
            elements(correction.after), lambda key: NOT list_contains(elements(coalesce(correction.before, '[]')), key)
        ) AS entering
    FROM result
    INNER JOIN correction ON result.correction_id = correction.correction_id
    INNER JOIN (SELECT unnest(from_json($asked, '["VARCHAR"]')) AS external_id) AS asked
        ON result.external_id = asked.external_id
    INNER JOIN read_back ON result.external_id = read_back.external_id
    WHERE
        result.class = 'cohort'
        AND result.field = {{ field.name }}
        AND result.state IN ('planned', 'unknown')
        AND starts_with(correction.after, '[')
        AND starts_with(read_back.{{ field.column }}, '[')
        AND read_back.{{ field.column }} IS DISTINCT FROM correction.before
) AS moving
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
