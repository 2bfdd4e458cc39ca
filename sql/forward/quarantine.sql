-- What of the chunk's files cannot be sent, in the place of what an earlier reading of the same files said. The chunk that has
-- a file's first events clears away what was said before.
DELETE FROM state.event_quarantine
WHERE list_contains(from_json($cleared, '["VARCHAR"]'), url);

INSERT INTO state.event_quarantine (url, line, event_type, event_id, reason, noted_at)
SELECT file.url, event.line, event.event_type, event.event_id, event.reason, now()
FROM event
INNER JOIN (
    SELECT row.number, row.url
    FROM (SELECT unnest(from_json($files, '[{"number": "UINTEGER", "url": "VARCHAR"}]')) AS row) AS files
) AS file ON event.file = file.number
WHERE event.fate = 'quarantined';

INSERT INTO state.event_quarantine (url, line, event_type, event_id, reason, noted_at)
SELECT row.url, row.line, NULL AS event_type, NULL AS event_id, row.reason, now()
FROM (SELECT unnest(from_json($rejects, '[{"url": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR"}]')) AS row) AS rejects;
