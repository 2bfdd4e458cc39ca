-- Measures of user_traits. A row dated after $now says nothing about how fresh the table is; neither does one without a
-- time (facts/segment §1.2: backfilled), and where there are no others the age is NULL.
SELECT
    count(*) FILTER (WHERE coalesce(canonical_segment_id, '') = '') AS keyless,
    count(DISTINCT nullif(canonical_segment_id, '')) AS profiles,
    epoch($now - max(happened_at) FILTER (WHERE happened_at <= $now)) AS row_age
FROM user_traits;
