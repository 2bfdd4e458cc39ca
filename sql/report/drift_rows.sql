-- Drifted cells as far as people read, what will be repaired first.
SELECT external_id, attribute, desired, actual, cause, reason
FROM read_parquet($attribute)
ORDER BY cause IN ('format', 'in_flight', 'invalid'), external_id, attribute
LIMIT $most;
