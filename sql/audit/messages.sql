-- Messages sent to people after they opted out of the channel or the group, of one piece of a Currents file. A message is
-- its receiver's by external id, else by address. An automatic answer to STOP is none (facts/braze-currents §8.2).
INSERT INTO fresh
WITH message AS (
    SELECT
        id,
        external_user_id,
        CASE WHEN contains(address, '@') THEN email_address(address) ELSE phone_digits(address) END AS address,
        strftime(make_timestamptz(time * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS moment,
        coalesce(campaign_name, campaign_id, canvas_name, canvas_id) AS campaign,
        unnest(
            CASE
                WHEN subscription_group_id IS NOT NULL AND $channel IN ('email', 'push')
                    THEN [concat($channel, '_subscribe'), concat('subscription_group:', subscription_group_id)]
                WHEN subscription_group_id IS NOT NULL THEN [concat('subscription_group:', subscription_group_id)]
                ELSE [concat($channel, '_subscribe')]
            END
        ) AS field
    FROM sent
    WHERE time IS NOT NULL AND coalesce(category, '') NOT IN ('opt-out', 'help')
),

received AS (
    SELECT
        coalesce(nullif(message.external_user_id, ''), barred_address.person) AS person,
        message.*
    FROM message
    LEFT JOIN barred_address
        ON message.address = barred_address.address AND message.field = barred_address.field
)

SELECT
    'message' AS kind,
    received.person,
    received.field,
    $event_type AS state,
    NULL AS since,
    NULL AS evidence,
    NULL AS address,
    received.moment,
    received.id AS event,
    received.campaign
FROM received
INNER JOIN standing ON received.person = standing.person AND received.field = standing.field
ANTI JOIN held
    ON
        held.kind = 'message'
        AND received.id = held.event
        AND $event_type = held.state
        AND received.person = held.person
        AND received.field = held.field
WHERE received.moment >= standing.since;
