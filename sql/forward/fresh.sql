-- What of the chunk was never sent and is not on its way, once each, and in which request it goes. Bytes are counted so that
-- neither the size nor the number of events of a request can be too large.
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
WITH
fresh AS (
    SELECT
        event.key,
        min(event.place) AS place,
        arg_min(event.file, event.place) AS file,
        arg_min(event.line, event.place) AS line,
        arg_min(strlen(event.body), event.place) AS bytes
    FROM event
    ANTI JOIN known ON event.key = known.key
    WHERE event.fate IS NULL
    GROUP BY event.key
)

SELECT
    place,
    file,
    line,
    key,
    CAST(
        (sum(greatest(bytes + 2, $least_bytes)) OVER (ORDER BY place ROWS UNBOUNDED PRECEDING)) // $batch_bytes AS BIGINT
    ) AS batch
FROM fresh;
