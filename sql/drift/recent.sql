-- Traits that changed within the quiet period: Segment's own delivery may still bring them (facts/segment §10.26).
CREATE OR REPLACE TEMP TABLE recent AS
SELECT DISTINCT
    person.external_id,
    user_traits.name AS trait
FROM user_traits
LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
INNER JOIN person ON coalesce(winner.profile, user_traits.canonical_segment_id) = person.profile
WHERE user_traits.happened_at > $quiet_since AND person.external_id IS NOT NULL;
