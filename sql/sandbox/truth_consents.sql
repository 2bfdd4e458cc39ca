-- The truth about the bucket's subscriptions, as their stories tell it: a row for every profile of an address.
INSERT INTO subscriptions
WITH found AS (
    SELECT i, user_id, role, mail, phone, echo, channel, group_id, desired, state, kind, segment_time, braze_time
    FROM consents
    WHERE role IN ('known', 'suppressed') AND kind IS NOT NULL
    UNION ALL
    -- A member that left the newsletter by their own doing …
    SELECT
        i, user_id, role, mail, phone, FALSE, 'email', group_id, 'subscribed', state, 'conflict', changed_at, NULL
    FROM memberships
    INNER JOIN mailboxes USING (i)
    WHERE role = 'known' AND fate = 'blocked'
    UNION ALL
    -- … and everybody at the mailbox of somebody suppressed.
    SELECT i, user_id, role, mail, phone, echo, 'email', group_id, 'unsubscribed', state, 'unsubscribe', NULL, NULL
    FROM memberships
    INNER JOIN mailboxes USING (i)
    WHERE role IN ('known', 'suppressed') AND group_id IS NOT NULL AND barred AND state <> 'unsubscribed'
)

SELECT
    user_id, CASE channel WHEN 'email' THEN mail WHEN 'sms' THEN phone END, channel, group_id, desired, state, kind,
    segment_time, braze_time
FROM found
UNION ALL
SELECT 'former_' || i, mail, channel, group_id, desired, state, kind, segment_time, braze_time
FROM found
WHERE echo AND channel = 'email'
UNION ALL
-- The twin of somebody who opted out: it has no address, and so only what that person says.
SELECT
    second_user_id, NULL, channel, group_id, 'unsubscribed',
    CASE WHEN group_id IS NULL THEN 'subscribed' ELSE 'unknown' END, 'unsubscribe', stated_at, NULL
FROM consents
WHERE duplicate = 'merge' AND stated = 'out';

INSERT INTO counts
SELECT 0, count(*), 0, count(*), 0 FROM mailboxes WHERE echo;
