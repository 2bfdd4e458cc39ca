-- What became of every cell: one draw per person and attribute decides its fate, by `rates`.
--   absent    no row in Segment                 null    an explicit null in Segment
--   invalid   Braze cannot hold Segment's text   format  the same value, untidily written in Segment
--   drift     Braze misses it or holds another   moving  as drift, but changed in Segment within the quiet period
--   settled   changed within the quiet period, and already the same      same    all is well
CREATE OR REPLACE TEMP TABLE cells AS
WITH drawn AS (
    SELECT
        truths.*,
        people.* EXCLUDE (i),
        rates.* EXCLUDE (attribute),
        dice(people.key, truths.attribute || ' fate', 100000) AS draw
    FROM truths
    INNER JOIN people ON people.i = truths.i
    INNER JOIN rates ON rates.attribute = truths.attribute
),

fated AS (
    SELECT
        *,
        CASE
            -- Who shares a mailbox with somebody suppressed does not move in or out of it.
            WHEN attribute = 'email' AND shares_suppressed THEN 'same'
            WHEN draw < upto_absent THEN 'absent'
            WHEN draw < upto_null THEN 'null'
            WHEN draw < upto_invalid THEN CASE WHEN bad IS NULL THEN 'same' ELSE 'invalid' END
            WHEN draw < upto_format THEN CASE WHEN untidy IS NULL THEN 'same' ELSE 'format' END
            WHEN draw < upto_moving THEN 'moving'
            WHEN draw < upto_settled THEN 'settled'
            WHEN draw < upto_drift THEN 'drift'
            ELSE 'same'
        END AS fate
    FROM drawn
),

written AS (
    SELECT
        *,
        CASE fate
            WHEN 'absent' THEN NULL
            WHEN 'null' THEN CASE WHEN dice(key, attribute || ' null', 2) = 0 THEN 'null' END
            WHEN 'invalid' THEN bad
            WHEN 'format' THEN untidy
            WHEN 'same' THEN CASE WHEN dice(key, attribute || ' loose', 6) = 0 THEN coalesce(loose, raw) ELSE raw END
            ELSE raw
        END AS plain
    FROM fated
)

SELECT
    i, key, role, user_id, canonical_id, merges, backfilled, attribute, trait, place_in_braze, applies, fate, want,
    former,
    -- Text comes bare, or as a JSON string.
    CASE
        WHEN is_text AND fate <> 'null' AND dice(key, attribute || ' quoted', 4) = 0 THEN to_json(plain)::VARCHAR
        ELSE plain
    END AS source,
    fate <> 'absent' AND trait IS NOT NULL AND (role <> 'anonymous' OR dice(key, attribute || ' anonymous', 5) = 0)
        AS in_segment,
    -- What recon would send; an invalid value never is, and is told as it stands.
    CASE fate
        WHEN 'format' THEN untidy_sends
        WHEN 'invalid' THEN CASE WHEN starts_with(bad, '{') THEN bad ELSE to_json(bad)::VARCHAR END
        ELSE want
    END AS desired,
    -- What Braze holds; NULL is absent. Where Segment has no row, or the rule says no, it may hold anything.
    CASE
        WHEN NOT applies AND fate <> 'absent' THEN CASE WHEN dice(key, attribute || ' kept', 2) = 0 THEN former END
        WHEN fate = 'absent' THEN CASE WHEN dice(key, attribute || ' kept', 2) = 0 THEN held END
        WHEN fate IN ('drift', 'moving') THEN CASE WHEN dice(key, attribute || ' stale', 20) < 11 THEN former END
        ELSE held
    END AS actual,
    CASE
        WHEN backfilled AND fate NOT IN ('moving', 'settled') THEN NULL
        -- Well inside the quiet period, or well outside: never where an hour's delay would decide.
        WHEN fate IN ('moving', 'settled')
            THEN date_trunc('second', $now::TIMESTAMP) - to_seconds(600 + dice(key, attribute || ' moved', 6000))
        ELSE date_trunc('second', $now::TIMESTAMP) - to_days(2 + dice(key, attribute || ' day', 700))
            - to_seconds(dice(key, attribute || ' second', 86400))
    END AS changed_at
FROM written;
