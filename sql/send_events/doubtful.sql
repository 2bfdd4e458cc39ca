-- Profiles with an object in doubt.
SELECT DISTINCT external_id FROM state.event_doubt ORDER BY external_id;
