-- Events that Segment refused as such; answers with the files that they came from.
INSERT INTO state.event_quarantine (url, line, event_type, event_id, reason, noted_at)
SELECT file.url, waiting.line, NULL AS event_type, NULL AS event_id, 'Segment refused it' AS reason, now()
FROM {{ waiting }} AS waiting
INNER JOIN (
    SELECT row.number, row.url
    FROM (SELECT unnest(from_json($files, '[{"number": "UINTEGER", "url": "VARCHAR"}]')) AS row) AS files
) AS file ON waiting.file = file.number
WHERE list_contains(CAST($refused AS UHUGEINT[]), waiting.key);

SELECT DISTINCT waiting.file
FROM {{ waiting }} AS waiting
WHERE list_contains(CAST($refused AS UHUGEINT[]), waiting.key);
