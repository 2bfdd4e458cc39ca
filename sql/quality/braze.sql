-- Measures of the Braze export, after the newest of profiles that it held twice was kept; `known` external ids are
-- user_ids of Segment's.
SELECT
    count(*) AS profiles,
    count(external_id) AS external_ids,
    count(external_id) - count(DISTINCT external_id) AS twins,
    count(*) FILTER (WHERE external_id IN (SELECT value FROM user_identifiers WHERE type = 'user_id' AND value IS NOT NULL)) AS known
FROM actual;
