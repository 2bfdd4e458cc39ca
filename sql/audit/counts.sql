-- The figures of the audit.
SELECT
    count(*) FILTER (WHERE ended_at IS NULL) AS opted_out,
    count(DISTINCT person) FILTER (WHERE ended_at IS NULL) AS people,
    count(*) FILTER (WHERE reachable) AS reachable,
    count(*) FILTER (WHERE proven_at IS NOT NULL) AS proven,
    count(*) FILTER (WHERE starts_with(evidence, 'only braze') AND ended_at IS NULL) AS only_braze,
    count(*) FILTER (WHERE what <> 'opt-out') AS nameless,
    count(*) FILTER (WHERE shared_by > 1) AS shared,
    count(*) FILTER (WHERE business IN ('late', 'missed') OR undue IN ('late', 'missed')) AS past_deadline,
    (SELECT count(DISTINCT event) FROM message) AS messages,
    (SELECT count(DISTINCT person) FROM message) AS people_messaged,
    (SELECT count(*) FROM deletion) AS deletions,
    (SELECT count(*) FROM deletion WHERE braze = 'present') AS not_deleted
FROM opt_out;
