-- States in subscription groups as they were read back.
INSERT INTO consent_back (external_id, field, state)
SELECT row.external_id, 'subscription_group:' || row.group_id, row.status
FROM (
    SELECT unnest(from_json($states, '[{"external_id": "VARCHAR", "group_id": "VARCHAR", "status": "VARCHAR"}]')) AS row
) AS states;
