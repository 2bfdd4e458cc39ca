-- Events whose call is larger than Segment takes: they are not sent after all.
CREATE OR REPLACE TEMP TABLE too_large AS
SELECT unnest(
    from_json($events, '[{
        "place": "UBIGINT", "file": "UINTEGER", "line": "BIGINT", "event_type": "VARCHAR", "event_id": "VARCHAR"
    }]'),
    recursive := TRUE
);

DELETE FROM {{ waiting }}
WHERE place IN (SELECT place FROM too_large);

INSERT INTO state.event_quarantine (url, line, event_type, event_id, reason, noted_at)
SELECT file.url, too_large.line, too_large.event_type, too_large.event_id, $reason AS reason, now()
FROM too_large
INNER JOIN (
    SELECT unnest(from_json($files, '[{"number": "UINTEGER", "url": "VARCHAR"}]'), recursive := TRUE)
) AS file ON too_large.file = file.number;
