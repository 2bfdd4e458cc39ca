-- A range of the outbox.
SELECT place, external_id, object
FROM outbox
WHERE place BETWEEN $first AND $last
ORDER BY place;
