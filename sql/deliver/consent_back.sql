-- The global states in what was read back; absent means subscribed, Braze's default (facts/braze-rest-api §5.1).
CREATE OR REPLACE TABLE consent_back AS
SELECT external_id, 'email_subscribe' AS field, coalesce(json_extract_string(email_subscribe, '$'), 'subscribed') AS state
FROM read_back
UNION ALL
SELECT external_id, 'push_subscribe' AS field, coalesce(json_extract_string(push_subscribe, '$'), 'subscribed') AS state
FROM read_back;
