-- Settles what Braze has answered for: ranges of places, each with its state. In one transaction.
INSERT INTO state.event_ledger
SELECT doubt.event_id, doubt.line, doubt.key, doubt.happened_at, answer.state, now() AS noted_at
FROM (
    SELECT unnest(from_json($answers, '[{"first": "BIGINT", "last": "BIGINT", "state": "VARCHAR"}]'), recursive := TRUE)
) AS answer
INNER JOIN state.event_doubt AS doubt ON doubt.place BETWEEN answer.first AND answer.last;

DELETE FROM state.event_doubt
WHERE
    EXISTS (
        SELECT 1
        FROM (SELECT unnest(from_json($answers, '[{"first": "BIGINT", "last": "BIGINT"}]'), recursive := TRUE)) AS answer
        WHERE event_doubt.place BETWEEN answer.first AND answer.last
    );
