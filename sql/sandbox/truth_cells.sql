-- The drifted cells in the order in which they are hashed.
SELECT external_id, attribute, desired, actual, cause FROM drifted ORDER BY external_id, attribute;
