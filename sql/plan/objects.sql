-- How many objects each kind of request carries: a profile's attributes and states travel in one object per stage, an
-- identity step or a deletion in one of its own.
SELECT
    CASE WHEN stage IN ('suppress', 'attributes') THEN stage ELSE class END AS call,
    count(DISTINCT concat_ws(chr(31), stage, external_id, CASE WHEN stage IN ('identity', 'delete') THEN field END)) AS objects
FROM correction
WHERE state = 'planned'
GROUP BY ALL
ORDER BY call;
