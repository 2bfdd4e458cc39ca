-- How often an export holds one profile twice (facts/braze-rest-api §3.2: very rare, but it happens), or two profiles
-- under one external id because one was deleted and made again meanwhile.
SELECT
    count(braze_id) - count(DISTINCT braze_id) AS same_profile,
    count(external_id) - count(DISTINCT external_id) AS same_external_id
FROM actual;
