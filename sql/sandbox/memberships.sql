-- What became of every membership of the seeded audiences: one draw per person and audience decides its fate.
--   drift    Braze holds the opposite               moving   as drift, but changed in Segment within the quiet period
--   settled  changed within the quiet period, and already the same       same     all is well
--   blocked  Braze says that the member left the group by their own doing: no drift of the cohort, but a conflict
-- Absent, null and false are all "not a member", on both sides, and are drawn here in all their forms. `state` is that in
-- a subscription group, and belongs to the mailbox: who shares one, or may yet, is drawn once for both.
CREATE OR REPLACE TEMP TABLE memberships AS
WITH audiences AS (
    SELECT row.*
    FROM (
        SELECT unnest(from_json($audiences, '[{
            "audience": "VARCHAR", "attribute": "VARCHAR", "is_array": "BOOLEAN", "members": "INTEGER", "drift": "INTEGER",
            "moving": "INTEGER", "group_id": "VARCHAR"
        }]')) AS row
    )
),

drawn AS (
    SELECT
        people.i, people.key, people.role, people.user_id, people.canonical_id, people.merges, people.backfilled,
        audiences.*,
        -- Beside somebody suppressed nobody reads the newsletter.
        group_id IS NOT NULL AND barred AND people.shares_mailbox AS unread,
        CASE WHEN group_id IS NULL THEN people.key ELSE mailboxes.unit_key END AS unit_key,
        dice(unit_key, audience || ' member', 1000) < members AND NOT unread AS member,
        CASE WHEN unread THEN 999 ELSE dice(unit_key, audience || ' fate', 1000) END AS draw
    FROM people
    INNER JOIN mailboxes ON people.i = mailboxes.i
    CROSS JOIN audiences
),

fated AS (
    SELECT
        *,
        CASE
            WHEN draw < drift AND group_id IS NOT NULL AND member AND dice(unit_key, audience || ' blocked', 3) = 0
                THEN 'blocked'
            WHEN draw < drift THEN 'drift'
            WHEN draw < drift + moving THEN 'moving'
            WHEN draw < drift + 2 * moving THEN 'settled'
            ELSE 'same'
        END AS fate,
        -- How somebody who is no member is told to be none: by no row, by a null of either kind, or by false.
        dice(key, audience || ' told', 8) AS told
    FROM drawn
),

dated AS (
    SELECT
        *,
        fate IN ('moving', 'settled') AS moved
    FROM fated
)

SELECT
    i, key, role, user_id, canonical_id, merges, backfilled, audience, attribute, is_array, group_id, member, fate,
    member <> (fate IN ('drift', 'moving', 'blocked')) AS in_braze,
    CASE
        WHEN group_id IS NULL THEN NULL
        WHEN in_braze THEN 'subscribed'
        WHEN fate = 'blocked' THEN 'unsubscribed'
        WHEN member THEN 'unknown'
        ELSE pick(['unknown', 'unsubscribed'], dice(unit_key, audience || ' state', 2))
    END AS state,
    (member OR moved OR told < 5) AND (role <> 'anonymous' OR told = 0) AS in_segment,
    CASE
        WHEN member THEN CASE told WHEN 7 THEN '"true"' ELSE 'true' END
        WHEN told = 3 THEN 'null'
        WHEN told = 4 THEN NULL
        ELSE 'false'
    END AS source,
    CASE
        WHEN backfilled AND NOT moved THEN NULL
        WHEN moved THEN date_trunc('second', $now::TIMESTAMP) - to_seconds(600 + dice(key, audience || ' moved', 6000))
        ELSE date_trunc('second', $now::TIMESTAMP) - to_days(2 + dice(key, audience || ' day', 700))
    END AS changed_at
FROM dated;
