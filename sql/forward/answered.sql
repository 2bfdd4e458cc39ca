-- What Segment has taken, into the ledger: of each request the places from its first to its last, less what it refused.
INSERT INTO state.ledger (event, sent_at)
SELECT waiting.key, now()
FROM {{ waiting }} AS waiting
INNER JOIN (
    SELECT unnest(from_json($requests, '[{"first": "UBIGINT", "last": "UBIGINT"}]'), recursive := TRUE)
) AS request
    ON waiting.place BETWEEN request.first AND request.last
WHERE NOT list_contains(CAST($refused AS UHUGEINT[]), waiting.key);
