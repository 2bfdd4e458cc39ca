-- The differing cells as the last run left them: what Segment wanted then, what Braze held, and whether each has moved
-- since. A repair that was seen to hold (`repaired`) is what Braze held. Cells that the last run did not look at have no row.
CREATE OR REPLACE TEMP TABLE earlier_cell AS
{% for cell, column in known %}
SELECT
    then_held.external_id,
    {{ cell.name }} AS attribute,
    then_held.desired IS NOT NULL AS stated,
    coalesce(then_held.now_desired <> then_held.desired, TRUE)
    AND NOT coalesce(same_{{ cell.same }}(then_held.now_desired, then_held.desired), FALSE) AS desired_moved,
    then_held.now_actual IS DISTINCT FROM then_held.actual
    AND NOT coalesce(same_{{ cell.same }}(then_held.now_actual, then_held.actual), FALSE) AS actual_moved
FROM (
    SELECT
        differing_cell.external_id,
        differing_cell.desired AS now_desired,
        differing_cell.actual AS now_actual,
        desired.{{ column }} AS desired,
        CASE WHEN repaired.external_id IS NULL THEN actual.{{ column }} ELSE nullif(repaired.after, 'null') END AS actual
    FROM differing_cell
    INNER JOIN earlier.desired AS desired ON differing_cell.external_id = desired.external_id
    INNER JOIN earlier.actual AS actual ON differing_cell.external_id = actual.external_id
    LEFT JOIN repaired ON differing_cell.external_id = repaired.external_id AND repaired.field = {{ cell.name }}
    WHERE differing_cell.attribute = {{ cell.name }}
) AS then_held
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};

-- What the last run made of cells that have stayed as they are.
CREATE OR REPLACE TEMP TABLE earlier_cause AS
SELECT external_id, attribute, cause
FROM earlier.attribute_drift
WHERE cause NOT IN ('in_flight', 'format', 'invalid', 'rejected');
