-- Measures of profile_traits, out of the narrow tables that were made of it: values and merges that name no profile, and
-- profiles with a trait of the mapping. It has no times.
SELECT
    (SELECT count(*) FROM user_traits WHERE coalesce(canonical_segment_id, '') = '')
    + (SELECT count(*) FROM profile_merges WHERE coalesce(segment_id, '') = '') AS keyless,
    (SELECT count(DISTINCT nullif(canonical_segment_id, '')) FROM user_traits) AS profiles;
