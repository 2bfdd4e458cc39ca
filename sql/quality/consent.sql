-- Measures of the words in a trait that holds consent: profiles with a word that is configured as an opt-out ($words), and
-- profiles with one that plainly says no and is not configured, which would be read as subscribed.
SELECT
    count(DISTINCT canonical_segment_id) FILTER (WHERE list_contains($words, lower(trim(value, ' "')))) AS refused,
    count(DISTINCT canonical_segment_id) FILTER (
        WHERE list_contains($noes, lower(trim(value, ' "'))) AND NOT list_contains($words, lower(trim(value, ' "')))
    ) AS unread
FROM user_traits
WHERE name = $trait AND value IS NOT NULL;
