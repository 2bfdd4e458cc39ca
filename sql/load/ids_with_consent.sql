-- The external ids whose states in subscription groups matter: of people with a consent trait for one, of suppressed
-- people, and of everybody where a group is a cohort, for whoever is no member may have to leave it.
WITH
stated AS (
    SELECT DISTINCT coalesce(winner.profile, user_traits.canonical_segment_id) AS profile
    FROM user_traits
    LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
    WHERE user_traits.name IN (SELECT unnest(CAST($traits AS VARCHAR[]))) AND user_traits.value IS NOT NULL
),

hushed AS (
    SELECT user_id.profile
    FROM user_id
    INNER JOIN suppression ON user_id.user_id = suppression.user_id
)

SELECT user_id.user_id
FROM user_id
WHERE $everybody OR user_id.profile IN (SELECT profile FROM stated) OR user_id.profile IN (SELECT profile FROM hushed)
UNION
SELECT user_id FROM suppression WHERE user_id IS NOT NULL
ORDER BY user_id;
