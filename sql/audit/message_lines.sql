-- Messages after an opt-out, newest first.
SELECT name AS person, field, moment, event_type, campaign, event
FROM message
ORDER BY moment DESC, message.person, field, event
LIMIT $most;
