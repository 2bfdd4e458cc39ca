-- Measures of profile_merges: rows that lack one of the two ends.
SELECT count(*) FILTER (WHERE coalesce(canonical_segment_id, '') = '' OR coalesce(segment_id, '') = '') AS keyless
FROM profile_merges;
