-- What of the chunk was never sent and is not on its way, once each.
-- First the few keys of the chunk that the ledger has: the ledger is read, and the chunk is looked up in. DuckDB passes over
-- all parts of the ledger that have none of the chunk's days (as long as these are no more than fifty). Days come first: to
-- look up days and keys together costs twice as much.
CREATE OR REPLACE TEMP TABLE known AS
WITH
candidate AS (
    SELECT key, day FROM event WHERE fate IS NULL
),

of_these_days AS (
    SELECT ledger.event
    FROM state.ledger AS ledger
    SEMI JOIN (SELECT DISTINCT day FROM candidate) AS candidate ON ledger.day = candidate.day
    UNION ALL
    SELECT event FROM state.ledger WHERE day IS NULL
)

SELECT of_these_days.event AS key
FROM of_these_days
SEMI JOIN candidate ON of_these_days.event = candidate.key
UNION
SELECT waiting.key
FROM waiting
SEMI JOIN candidate ON waiting.key = candidate.key;

CREATE OR REPLACE TEMP TABLE {{ waiting }} AS
SELECT
    min(event.place) AS place,
    arg_min(event.file, event.place) AS file,
    arg_min(event.line, event.place) AS line,
    event.key,
    arg_min(event.day, event.place) AS day,
    arg_min_null(event.canonical_id, event.place) AS canonical_id
FROM event
ANTI JOIN known ON event.key = known.key
WHERE event.fate IS NULL
GROUP BY event.key;

SELECT place, canonical_id FROM {{ waiting }} ORDER BY place;
