-- Opt-outs by channel and group.
SELECT
    field,
    count(*) AS opted_out,
    count(*) FILTER (WHERE reachable) AS reachable,
    count(*) FILTER (WHERE proven_at IS NOT NULL) AS proven,
    count(*) FILTER (WHERE business IN ('late', 'missed')) AS business_missed,
    count(*) FILTER (WHERE undue IN ('late', 'missed')) AS undue_missed,
    CAST(coalesce(sum(messages), 0) AS BIGINT) AS messages
FROM opt_out
GROUP BY field
ORDER BY field;
