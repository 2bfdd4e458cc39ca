-- Profiles with any drifted cell, and the cells that a plan would push.
SELECT
    count(DISTINCT external_id) AS profiles,
    count(*) FILTER (
        WHERE cause NOT IN ('in_flight', 'format', 'invalid') AND nights < $give_up_after AND owner = 'segment'
    ) AS to_repair
FROM attribute_drift
INNER JOIN cell USING (attribute);
