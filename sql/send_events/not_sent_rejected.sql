-- Objects that Braze rejected, with its reason.
INSERT INTO not_sent (state, reason, message_id, external_id, kind, name, happened_at)
SELECT
    'rejected' AS state,
    refused.error AS reason,
    outbox.message_id,
    outbox.external_id,
    outbox.kind,
    outbox.name,
    outbox.happened_at
FROM (
    SELECT unnest(from_json($refused, '[{"first": "BIGINT", "last": "BIGINT", "error": "VARCHAR"}]'), recursive := TRUE)
) AS refused
INNER JOIN outbox ON outbox.place BETWEEN refused.first AND refused.last;
