-- Settles what Braze has answered for: ranges of places, each with its state. In one transaction.
INSERT INTO state.event_ledger
SELECT
    doubt.event_id,
    doubt.line,
    doubt.key,
    doubt.happened_at,
    answer.state,
    answer.request_id,
    now() AS noted_at
FROM (
    SELECT unnest(range(spread.row.first, spread.row.last + 1)) AS place, spread.row.state, spread.row.request_id
    FROM (
        SELECT unnest(from_json($answers, '[{"first": "BIGINT", "last": "BIGINT", "state": "VARCHAR", "request_id": "VARCHAR"}]')) AS row
    ) AS spread
) AS answer
INNER JOIN state.event_doubt AS doubt ON answer.place = doubt.place;

DELETE FROM state.event_doubt
WHERE
    place IN (
        SELECT unnest(range(spread.row.first, spread.row.last + 1))
        FROM (SELECT unnest(from_json($answers, '[{"first": "BIGINT", "last": "BIGINT"}]')) AS row) AS spread
    );
