-- The suppressed people, for sandbox.json.
SELECT user_id FROM suppressed ORDER BY user_id;
