-- Objects in doubt that were settled for good without having arrived.
INSERT INTO not_sent (state, reason, message_id, external_id, kind, name, happened_at)
SELECT
    CASE verdict WHEN 'gone' THEN 'rejected' ELSE 'unknown' END AS state,
    CASE verdict
        WHEN 'gone' THEN 'Braze has no profile of this id any more'
        ELSE 'no answer, and the profile does not tell whether it arrived; it is not sent again'
    END AS reason,
    message_id,
    external_id,
    kind,
    name,
    happened_at
FROM event_verdict
WHERE verdict IN ('gone', 'untold');
