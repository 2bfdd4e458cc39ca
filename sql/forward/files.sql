-- Files whose every event is sent or settled, as done, damaged, or refused: Segment refused some of them. The last two are read again.
DELETE FROM state.currents_file
WHERE url IN (SELECT row.url FROM (SELECT unnest(from_json($files, '[{"url": "VARCHAR"}]')) AS row) AS files);

INSERT INTO state.currents_file (url, version, hour, state, events, read_at)
SELECT row.url, row.version, row.hour, row.state, row.events, now()
FROM (
    SELECT
        unnest(from_json($files, '[{
            "url": "VARCHAR", "version": "VARCHAR", "hour": "VARCHAR", "state": "VARCHAR", "events": "BIGINT"
        }]')) AS row
) AS files;
