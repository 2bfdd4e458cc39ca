-- The steps of one class that do not converge when they are repeated, and are not known to be done. `turn` tells those
-- apart that meet in one profile: never two of one profile at a time.
SELECT
    class,
    external_id,
    field,
    json_extract_string(before, '$') AS before,
    json_extract_string(after, '$') AS after,
    state,
    row_number() OVER (
        PARTITION BY CASE class WHEN 'merge' THEN after ELSE external_id END ORDER BY external_id, field
    ) AS turn
FROM result
WHERE class = $class AND list_contains($states, state)
ORDER BY turn, external_id, field
LIMIT $most;
