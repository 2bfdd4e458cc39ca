-- What of the chunk was never sent and is not on its way, once each.
-- First the few keys of the chunk that the ledger has: the ledger is read, and the chunk is looked up in.
CREATE OR REPLACE TEMP TABLE known AS
SELECT DISTINCT ledger.event AS key
FROM state.ledger AS ledger
SEMI JOIN (SELECT key FROM event WHERE fate IS NULL) AS candidate ON ledger.event = candidate.key
UNION
SELECT waiting.key
FROM waiting
SEMI JOIN (SELECT key FROM event WHERE fate IS NULL) AS candidate ON waiting.key = candidate.key;

CREATE OR REPLACE TEMP TABLE {{ waiting }} AS
SELECT
    min(event.place) AS place,
    arg_min(event.file, event.place) AS file,
    arg_min(event.line, event.place) AS line,
    event.key
FROM event
ANTI JOIN known ON event.key = known.key
WHERE event.fate IS NULL
GROUP BY event.key;

SELECT event.place, event.canonical_id
FROM event
INNER JOIN {{ waiting }} AS waiting ON event.place = waiting.place
ORDER BY event.place;
