-- What profiles show of their events and purchases (facts/braze-rest-api §3.3), from a file of their exports.
CREATE OR REPLACE TEMP TABLE seen_profile AS
SELECT json_extract_string(json, '/external_id') AS external_id
FROM read_ndjson_objects($file);

CREATE OR REPLACE TEMP TABLE seen AS
SELECT
    shown.external_id,
    shown.kind,
    shown.entry.name AS name,
    instant(shown.entry.first) AS first_at,
    instant(shown.entry.last) AS last_at,
    shown.entry.count AS count
FROM (
    SELECT
        json_extract_string(json, '/external_id') AS external_id,
        kind.kind,
        unnest(
            from_json(
                json_extract(json, kind.member), '[{"name": "VARCHAR", "first": "VARCHAR", "last": "VARCHAR", "count": "BIGINT"}]'
            )
        ) AS entry
    FROM read_ndjson_objects($file)
    CROSS JOIN (VALUES ('event', '/custom_events'), ('purchase', '/purchases')) AS kind (kind, member)
) AS shown;
