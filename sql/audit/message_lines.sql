-- Messages after an opt-out, newest first.
SELECT person, field, moment, event_type, campaign, event
FROM message
ORDER BY moment DESC, person, field, event
LIMIT $most;
