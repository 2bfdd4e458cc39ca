-- What Segment has taken, into the ledger.
INSERT INTO state.ledger (event, sent_at)
SELECT key, now()
FROM {{ waiting }}
WHERE
    list_contains(CAST($batches AS BIGINT[]), batch)
    AND NOT list_contains(CAST($refused AS UHUGEINT[]), key);
