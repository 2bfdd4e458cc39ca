-- The id that must be is not in Braze, and only another id of the same person is. Where several are, they are merged
-- first and the survivor is renamed on a later night: one profile never has two open identity steps.
INSERT INTO found
SELECT
    'rename' AS kind,
    first(user_id) FILTER (WHERE place = 1) AS keep,
    first(external_id) AS other,
    NULL AS label,
    concat('canonical profile ', profile, ' owns both; the id to keep is not in Braze') AS reason
FROM twin
GROUP BY profile
HAVING count(*) FILTER (WHERE alive) = 1 AND NOT bool_or(alive AND place = 1);
