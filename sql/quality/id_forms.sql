-- What ids look like on both sides, without saying any: Braze's external ids that Segment does not know, and Segment's
-- user_ids. It shows a join key of the wrong kind at a glance: lost zeros, a prefix, another column.
WITH id AS (
    SELECT
        'Braze' AS side,
        external_id AS id
    FROM actual
    WHERE external_id NOT IN (SELECT value FROM user_identifiers WHERE type = 'user_id' AND value IS NOT NULL)
    UNION ALL
    SELECT
        'Segment' AS side,
        value AS id
    FROM user_identifiers
    WHERE type = 'user_id'
),

form AS (
    SELECT
        side,
        CASE
            WHEN regexp_full_match(id, '0[0-9]+') THEN 'digits after a leading zero'
            WHEN regexp_full_match(id, '[0-9]+') THEN 'digits'
            WHEN regexp_full_match(id, '[A-Za-z]+') THEN 'letters'
            WHEN regexp_full_match(id, '[0-9A-Za-z]+') THEN 'letters and digits'
            WHEN contains(id, '@') THEN 'text with an @'
            WHEN regexp_matches(id, '\s') THEN 'text with spaces'
            ELSE 'text with other characters'
        END AS looks,
        length(id) AS characters,
        count(*) AS found
    FROM id
    GROUP BY ALL
)

SELECT
    side,
    looks,
    characters,
    found
FROM form
QUALIFY row_number() OVER (PARTITION BY side ORDER BY found DESC, looks ASC, characters ASC) <= 2
ORDER BY side ASC, found DESC, looks ASC, characters ASC;
