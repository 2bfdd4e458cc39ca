-- What became of every membership of the seeded audiences: one draw per person and audience decides its fate.
--   drift    Braze holds the opposite               moving   as drift, but changed in Segment within the quiet period
--   settled  changed within the quiet period, and already the same       same     all is well
-- Absent, null and false are all "not a member", on both sides, and are drawn here in all their forms.
CREATE OR REPLACE TEMP TABLE memberships AS
WITH audiences AS (
    SELECT row.*
    FROM (
        SELECT unnest(from_json($audiences, '[{
            "audience": "VARCHAR", "attribute": "VARCHAR", "is_array": "BOOLEAN", "members": "INTEGER", "drift": "INTEGER",
            "moving": "INTEGER"
        }]')) AS row
    )
),

drawn AS (
    SELECT
        people.i, people.key, people.role, people.user_id, people.canonical_id, people.merges, people.backfilled,
        audiences.*,
        dice(people.key, audience || ' member', 1000) < members AS member,
        dice(people.key, audience || ' fate', 1000) AS draw
    FROM people, audiences
),

fated AS (
    SELECT
        *,
        CASE
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
    i, key, role, user_id, canonical_id, merges, backfilled, audience, attribute, is_array, member, fate,
    member <> (fate IN ('drift', 'moving')) AS in_braze,
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
