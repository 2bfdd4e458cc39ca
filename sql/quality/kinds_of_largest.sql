-- Which kinds of identifier the profile with most of them has.
SELECT
    coalesce(type, 'no type') AS type,
    count(*) AS found
FROM user_identifiers
WHERE
    canonical_segment_id = (
        SELECT canonical_segment_id
        FROM user_identifiers
        WHERE coalesce(canonical_segment_id, '') <> ''
        GROUP BY canonical_segment_id
        ORDER BY count(*) DESC, canonical_segment_id ASC
        LIMIT 1
    )
GROUP BY ALL
ORDER BY found DESC, type ASC
LIMIT 3;
