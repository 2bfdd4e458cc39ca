-- Measures of user_identifiers; as for user_traits, rows without a time and rows dated after $now have no age.
SELECT
    count(*) FILTER (WHERE coalesce(canonical_segment_id, '') = '') AS keyless,
    count(*) FILTER (WHERE type = 'user_id' AND coalesce(value, '') = '') AS nameless,
    count(DISTINCT nullif(canonical_segment_id, '')) AS profiles,
    epoch($now - max(happened_at) FILTER (WHERE happened_at <= $now)) AS row_age
FROM user_identifiers;
