-- What became of every permission of the bucket's people: one draw per person, or per mailbox that people hold together,
-- and permission tells the story.
--   state               what Braze holds, as it is read: subscribed, opted_in, unsubscribed, unknown
--   stated, stated_at   what this person states in Segment: out, in, or nothing; when, or without a time
--   source, in_segment  the text of it, and whether there is a row at all
--   happened            when the story happens: the time of the statement, where that has one
-- Of a household one speaks, and the story is theirs; the other says nothing, or what that statement beats.
CREATE OR REPLACE TEMP TABLE consents AS
WITH drawn AS (
    SELECT
        people.i, people.key, people.role, people.user_id, people.second_user_id, people.canonical_id, people.merges,
        people.duplicate, mailboxes.* EXCLUDE (i, unit_key), permissions.*,
        channel = 'email' AND together AS is_joint,
        CASE channel WHEN 'email' THEN mailboxes.unit_key ELSE people.key END AS unit_key,
        dice(unit_key, trait || ' story', 100000) AS draw,
        -- Who is suppressed is so on every channel; who shares a mailbox with them, on that.
        CASE channel WHEN 'email' THEN barred ELSE suppressed END AS is_barred
    FROM people
    INNER JOIN mailboxes ON people.i = mailboxes.i
    CROSS JOIN permissions
),

named AS (
    SELECT
        drawn.*,
        CASE
            WHEN drawn.is_barred
                THEN pick(
                    ['suppressed', 'suppressed', 'suppressed_opted_in', 'suppressed_agreed'],
                    dice(drawn.unit_key, trait || ' suppressed', 4)
                )
            WHEN channel = 'email' AND apart THEN 'silent'
            WHEN stories.scope = 'global' AND group_id IS NOT NULL THEN 'silent'
            ELSE stories.name
        END AS story
    FROM drawn
    INNER JOIN stories ON drawn.draw >= stories.draw_from AND drawn.draw < stories.draw_upto
),

told AS (
    SELECT
        named.*, stories.states, stories.dated, stories.kind, stories.told,
        NOT is_joint OR i % 2 = dice(unit_key, trait || ' speaker', 2) AS speaks,
        1 + dice(unit_key, trait || ' jitter', 100) / 100 AS jitter,
        dice(unit_key, trait || ' explicit', 3) = 0 AND len(opted_ins) > 0 AS is_explicit,
        CASE
            WHEN stories.braze = 'unsubscribed' THEN 'unsubscribed'
            WHEN group_id IS NULL THEN pick(['subscribed', 'opted_in', 'subscribed'], dice(unit_key, trait || ' state', 3))
            WHEN stories.braze = 'open' THEN pick(['unknown', 'subscribed'], dice(unit_key, trait || ' state', 2))
            ELSE 'subscribed'
        END AS state,
        CASE
            WHEN stories.dated = 'recent'
                THEN date_trunc('second', $now::TIMESTAMP) - to_seconds(600 + dice(unit_key, trait || ' moved', 6000))
            ELSE
                date_trunc('second', $now::TIMESTAMP) - to_days(6 + dice(unit_key, trait || ' day', 400))
                - to_seconds(dice(unit_key, trait || ' second', 86400))
        END AS happened
    FROM named
    INNER JOIN stories ON named.story = stories.name
),

spoken AS (
    SELECT
        *,
        CASE
            WHEN role = 'anonymous' THEN {stated: NULL, stated_at: NULL}
            -- Whatever they say themselves.
            WHEN states = 'suppressed'
                THEN pick([
                    {stated: 'in', stated_at: happened}, {stated: 'in', stated_at: NULL}, {stated: 'out', stated_at: happened},
                    {stated: NULL, stated_at: NULL}
                ], dice(key, trait || ' suppressed', 4))
            WHEN states IS NULL THEN {stated: NULL, stated_at: NULL}
            WHEN speaks THEN {stated: states, stated_at: CASE WHEN dated IS NOT NULL THEN happened END}
            WHEN states = 'out' AND dated IS NOT NULL
                THEN pick([
                    {stated: NULL, stated_at: NULL},
                    {stated: 'in', stated_at: happened - to_days(1 + dice(key, trait || ' loses', 30))},
                    {stated: 'in', stated_at: NULL},
                    {stated: 'in', stated_at: happened},
                    {stated: 'out', stated_at: happened - to_days(1 + dice(key, trait || ' loses', 30))}
                ], dice(key, trait || ' beside', 5))
            WHEN states = 'out'
                THEN pick([
                    {stated: NULL, stated_at: NULL}, {stated: 'in', stated_at: happened}, {stated: 'in', stated_at: NULL}
                ], dice(key, trait || ' beside', 3))
            WHEN dated IS NOT NULL
                THEN pick([
                    {stated: NULL, stated_at: NULL},
                    {stated: 'in', stated_at: NULL},
                    {stated: 'out', stated_at: happened - to_days(1 + dice(key, trait || ' loses', 30))}
                ], dice(key, trait || ' beside', 3))
            ELSE {stated: NULL, stated_at: NULL}
        END AS said
    FROM told
)

SELECT
    i, key, unit_key, role, user_id, second_user_id, canonical_id, merges, duplicate, mail, phone, echo, is_joint,
    channel, group_id, trait, story, kind, told, jitter, happened, state, speaks,
    said.stated AS stated,
    -- A null says nothing, whenever it was said.
    CASE WHEN said.stated IS NULL THEN happened ELSE said.stated_at END AS stated_at,
    role <> 'anonymous' AND (said.stated IS NOT NULL OR dice(key, trait || ' null', 40) < 2) AS in_segment,
    CASE said.stated
        WHEN 'out' THEN pick(outs, dice(key, trait || ' word', 50))
        WHEN 'in' THEN pick(CASE WHEN is_explicit THEN opted_ins ELSE ins END, dice(key, trait || ' word', 50))
        ELSE CASE WHEN dice(key, trait || ' null', 40) = 0 THEN 'null' END
    END AS source,
    CASE
        WHEN states IN ('out', 'suppressed') THEN 'unsubscribed'
        WHEN is_explicit THEN 'opted_in'
        ELSE 'subscribed'
    END AS desired,
    -- Nothing is newer than a suppression.
    CASE WHEN dated IS NOT NULL AND NOT is_barred THEN happened END AS segment_time,
    happened + to_seconds(round(list_filter(told, lambda each: each.counts)[1].hours * 3600 * jitter)::BIGINT) AS braze_time
FROM spoken;
