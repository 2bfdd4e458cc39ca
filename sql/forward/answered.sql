-- What Segment has taken, into the ledger: the places from first to last of each range, less what it refused.
INSERT INTO state.ledger (event, day, sent_at)
SELECT waiting.key, waiting.day, now()
FROM {{ waiting }} AS waiting
INNER JOIN (
    SELECT unnest(from_json($ranges, '[{"first": "UBIGINT", "last": "UBIGINT"}]'), recursive := TRUE)
) AS answered
    ON waiting.place BETWEEN answered.first AND answered.last
WHERE NOT list_contains(CAST($refused AS UHUGEINT[]), waiting.key);
