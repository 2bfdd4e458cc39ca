-- Lines that could not be read, calls and objects that are no event for Braze, and properties that were left out.
INSERT INTO not_sent (state, reason, file, line)
SELECT 'quarantined' AS state, row.reason, row.file, row.line
FROM (
    SELECT unnest(from_json($rejects, '[{"file": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR"}]')) AS row
) AS rejects;

INSERT INTO not_sent (state, reason, message_id, name, happened_at, file)
SELECT
    'quarantined' AS state,
    substr(judged.fate, 14) AS reason,
    track_call.message_id,
    track_call.event AS name,
    track_call.happened_at,
    track_call.file
FROM judged
INNER JOIN track_call ON judged.call = track_call.rowid
WHERE starts_with(judged.fate, 'quarantined: ');

INSERT INTO not_sent (state, reason, message_id, external_id, kind, name, happened_at, file)
SELECT 'quarantined' AS state, fault AS reason, message_id, external_id, kind, name, happened_at, file
FROM event_object
WHERE fault IS NOT NULL;

INSERT INTO not_sent (state, reason, message_id, external_id, kind, name, happened_at, file)
SELECT
    'property left out' AS state,
    left(faulty.property, 40) || ': ' || faulty.fault AS reason,
    faulty.message_id,
    faulty.external_id,
    'event' AS kind,
    faulty.name,
    faulty.happened_at,
    faulty.file
FROM (
    SELECT *, property_fault(property, property_of(properties, property)) AS fault
    FROM (
        SELECT
            track_call.message_id,
            judged.external_id,
            judged.name,
            track_call.happened_at,
            track_call.file,
            track_call.properties,
            unnest(list_distinct(json_keys(track_call.properties))) AS property
        FROM judged
        INNER JOIN track_call ON judged.call = track_call.rowid
        WHERE
            judged.fate = 'due'
            AND json_type(track_call.properties) = 'OBJECT'
            AND NOT all_good(CAST(track_call.properties AS VARCHAR))
    ) AS each_property
) AS faulty
WHERE faulty.fault IS NOT NULL;
