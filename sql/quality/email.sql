-- People, which are profiles with a user_id, and those without an e-mail address: no row of the traits in $traits, or
-- nothing but nulls in them. Needs `winner`, for rows may still lie under an id that was merged away.
WITH
people AS (
    SELECT DISTINCT coalesce(winner.profile, identifier.canonical_segment_id) AS profile
    FROM user_identifiers AS identifier
    LEFT JOIN winner ON identifier.canonical_segment_id = winner.segment_id
    WHERE identifier.type = 'user_id' AND identifier.value IS NOT NULL AND identifier.canonical_segment_id IS NOT NULL
),

stated AS (
    SELECT
        coalesce(winner.profile, trait.canonical_segment_id) AS profile,
        bool_or(trait.value IS NOT NULL AND trait.value <> 'null') AS filled
    FROM user_traits AS trait
    LEFT JOIN winner ON trait.canonical_segment_id = winner.segment_id
    WHERE list_contains($traits, trait.name)
    GROUP BY ALL
)

SELECT
    count(*) AS people,
    count(*) FILTER (WHERE stated.filled IS NULL) AS no_row,
    count(*) FILTER (WHERE NOT stated.filled) AS only_null
FROM people
LEFT JOIN stated ON people.profile = stated.profile;
