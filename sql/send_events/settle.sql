-- Settles doubts by their verdicts; in one transaction. What has not arrived leaves no trace: it is sent again.
INSERT INTO state.event_ledger
SELECT
    event_id,
    line,
    key,
    happened_at,
    CASE verdict WHEN 'arrived' THEN 'accepted' WHEN 'gone' THEN 'rejected' ELSE 'unknown' END AS state,
    now() AS noted_at
FROM event_verdict
WHERE verdict = 'arrived' OR ($last_look AND verdict <> 'missing');

DELETE FROM state.event_doubt
WHERE place IN (SELECT event_verdict.place FROM event_verdict WHERE event_verdict.verdict = 'arrived' OR $last_look);
