-- Which traits the rows of user_traits without a profile are about.
SELECT
    coalesce(name, 'no name') AS name,
    count(*) AS found
FROM user_traits
WHERE coalesce(canonical_segment_id, '') = ''
GROUP BY ALL
ORDER BY found DESC, name ASC
LIMIT 3;
