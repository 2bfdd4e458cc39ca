-- Which kinds of identifier the rows of user_identifiers without a profile are about.
SELECT
    coalesce(type, 'no type') AS type,
    count(*) AS found
FROM user_identifiers
WHERE coalesce(canonical_segment_id, '') = ''
GROUP BY ALL
ORDER BY found DESC, type ASC
LIMIT 3;
