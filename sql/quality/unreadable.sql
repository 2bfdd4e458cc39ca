-- Some of the profiles whose value of an attribute cannot be read.
SELECT external_id
FROM attribute_drift
WHERE attribute = $attribute AND cause = 'invalid'
ORDER BY external_id
LIMIT 3;
