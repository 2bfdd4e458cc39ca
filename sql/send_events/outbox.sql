-- What is to be sent now: every good object that is not settled, in turns. Of one profile's events of one name, each turn
-- has one, the oldest first, so that of an event without an answer the profile's `last` can tell (facts/braze-rest-api
-- §3.3). A parcel is one request.
-- `late`: Braze is known to hold one at least as new, or of the same second, of which it may not show the fraction, so `last`
-- could not tell; the count can, if it is known before.
-- `ahead` is what that count grows by until this one's turn.
CREATE OR REPLACE TEMP TABLE outbox AS
WITH
settled AS (
    SELECT event_id, line FROM state.event_ledger
    UNION ALL
    SELECT event_id, line FROM state.event_doubt
),

latest AS (
    SELECT key, max(happened_at) AS happened_at
    FROM state.event_ledger
    WHERE state <> 'rejected'
    GROUP BY key
),

in_turn AS (
    SELECT
        event_object.* EXCLUDE (fault, file),
        row_number() OVER turns AS turn,
        coalesce(sum(event_object.quantity) OVER (turns ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead,
        coalesce(
            date_trunc('second', event_object.happened_at) <= greatest(lag(event_object.happened_at) OVER turns, latest.happened_at),
            FALSE
        ) AS late
    FROM event_object
    LEFT JOIN settled ON event_object.event_id = settled.event_id AND event_object.line = settled.line
    LEFT JOIN latest ON event_object.key = latest.key
    WHERE event_object.fault IS NULL AND settled.event_id IS NULL
    WINDOW turns AS (PARTITION BY event_object.key ORDER BY event_object.happened_at, event_object.event_id, event_object.line)
),

-- A profile's objects of one turn travel together, at most `$most` of them, with those of profiles that have as many: so
-- requests are full, and a profile is never in two of them.
in_part AS (
    SELECT *, (row_number() OVER (PARTITION BY turn, kind, external_id ORDER BY key) - 1) // $most AS part
    FROM in_turn
),

in_company AS (
    SELECT *, count(*) OVER (PARTITION BY turn, kind, part, external_id) AS company
    FROM in_part
),

in_parcel AS (
    SELECT
        *,
        (row_number() OVER (PARTITION BY turn, kind, part, company ORDER BY external_id, key) - 1) // ($most // company * company) AS parcel
    FROM in_company
),

-- One that would be too large is taken apart into its profiles.
in_bytes AS (
    SELECT
        *,
        CASE
            WHEN sum(strlen(object) + 1) OVER (PARTITION BY turn, kind, part, company, parcel) > $most_bytes - 20 THEN external_id
            ELSE ''
        END AS alone
    FROM in_parcel
)

SELECT
    * EXCLUDE (part, company, parcel, alone),
    row_number() OVER (ORDER BY turn, kind, part, company, parcel, alone, external_id, key) AS place,
    dense_rank() OVER (ORDER BY turn, kind, part, company, parcel, alone) AS parcel
FROM in_bytes
ORDER BY place;

-- How many Braze holds, by key, where that was looked at.
CREATE OR REPLACE TEMP TABLE held (key UBIGINT, count BIGINT);
