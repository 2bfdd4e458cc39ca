-- The bucket's consents as Braze's documents hold them: a person's states, and the groups that know them.
CREATE OR REPLACE TEMP TABLE consents_held AS
WITH states AS (
    SELECT i, channel, group_id, state FROM consents
    UNION ALL
    SELECT i, 'email', group_id, state FROM memberships WHERE group_id IS NOT NULL
)

SELECT
    i,
    any_value(state) FILTER (group_id IS NULL AND channel = 'email') AS email,
    any_value(state) FILTER (group_id IS NULL AND channel = 'push') AS push,
    coalesce(
        string_agg(
            '"' || group_id || '":"' || CASE state WHEN 'subscribed' THEN 'Subscribed' ELSE 'Unsubscribed' END || '"', ','
            ORDER BY group_id
        ) FILTER (group_id IS NOT NULL AND state <> 'unknown'),
        ''
    ) AS groups,
    -- What spreads by e-mail address.
    coalesce(
        string_agg(
            '"' || group_id || '":"' || CASE state WHEN 'subscribed' THEN 'Subscribed' ELSE 'Unsubscribed' END || '"', ','
            ORDER BY group_id
        ) FILTER (group_id IS NOT NULL AND state <> 'unknown' AND channel = 'email'),
        ''
    ) AS email_groups
FROM states
GROUP BY i;
