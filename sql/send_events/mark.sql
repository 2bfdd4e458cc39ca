-- Notes that these ranges of the outbox are about to be sent.
INSERT INTO state.event_doubt
SELECT
    outbox.place,
    outbox.event_id,
    outbox.line,
    outbox.message_id,
    outbox.kind,
    outbox.external_id,
    outbox.name,
    outbox.key,
    outbox.happened_at,
    outbox.quantity,
    held.count + outbox.ahead AS held,
    outbox.late,
    now() AS noted_at
FROM (SELECT unnest(from_json($ranges, '[{"first": "BIGINT", "last": "BIGINT"}]'), recursive := TRUE)) AS marked
INNER JOIN outbox ON outbox.place BETWEEN marked.first AND marked.last
LEFT JOIN held ON outbox.key = held.key
WHERE outbox.place BETWEEN $first AND $last;
