-- What each side says about each channel and group, by profiles with an external id. Whoever is opted out by either side is
-- listed already; of all others, only those have to be counted whom Segment says to be in. A state that Braze does not
-- know is told apart where somebody opted out: nobody knows that they are safe.
WITH listed AS (
    SELECT
        field,
        count(*) AS people,
        count(*) FILTER (WHERE said = 'unsubscribed' AND actual = 'unsubscribed') AS out_out,
        count(*) FILTER (WHERE said = 'unsubscribed' AND actual NOT IN ('unsubscribed', 'unknown')) AS out_reachable,
        count(*) FILTER (WHERE said = 'unsubscribed' AND actual = 'unknown') AS out_unknown,
        count(*) FILTER (WHERE said <> 'unsubscribed') AS in_out,
        count(*) FILTER (WHERE said IS NULL) AS silent_out
    FROM opted_out
    WHERE NOT nameless
    GROUP BY field
),

said_in AS (
    SELECT rule.field, count(*) AS people
    FROM reachable
    CROSS JOIN consent_rule AS rule
    INNER JOIN resolved_consent
        ON
            resolved_consent.number = rule.number
            AND resolved_consent.state <> 'unsubscribed'
            AND resolved_consent.key = coalesce(
                'a:' || CASE rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END,
                'p:' || reachable.profile,
                'x:' || reachable.external_id
            )
    GROUP BY rule.field
)

SELECT
    rule.field,
    coalesce(listed.out_out, 0) AS out_out,
    coalesce(listed.out_reachable, 0) AS out_reachable,
    coalesce(listed.out_unknown, 0) AS out_unknown,
    coalesce(listed.in_out, 0) AS in_out,
    coalesce(said_in.people, 0) - coalesce(listed.in_out, 0) AS in_reachable,
    coalesce(listed.silent_out, 0) AS silent_out,
    (SELECT count(*) FROM reachable)
    - coalesce(listed.people, 0)
    - coalesce(said_in.people, 0)
    + coalesce(listed.in_out, 0) AS silent_reachable
FROM consent_rule AS rule
LEFT JOIN listed ON rule.field = listed.field
LEFT JOIN said_in ON rule.field = said_in.field
ORDER BY rule.number;
