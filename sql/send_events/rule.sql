-- What becomes of each event by its name: told once for a name, not once for a call.
CREATE OR REPLACE TEMP TABLE event_rule AS
SELECT row.event, row.name, row.wanted, row.is_order
FROM (
    SELECT
        unnest(from_json($rules, '[{"event": "VARCHAR", "name": "VARCHAR", "wanted": "BOOLEAN", "is_order": "BOOLEAN"}]')) AS row
) AS rules;
