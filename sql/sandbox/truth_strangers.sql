-- Braze profiles that Segment does not know count on Braze's side only.
INSERT INTO counts SELECT 0, count(*), 0, count(*), 0 FROM strangers;

INSERT INTO suppressed
SELECT 'legacy_' || i, date_trunc('second', $now::TIMESTAMP) - INTERVAL 60 DAY FROM strangers WHERE forgotten;

-- The forgotten must be out everywhere.
INSERT INTO subscriptions
SELECT
    'legacy_' || i, CASE place.channel WHEN 'email' THEN 'stranger' || i || '@example.org' END, place.channel,
    place.group_id, 'unsubscribed', place.state, 'unsubscribe', NULL, NULL
FROM strangers, unnest([
    {channel: 'email', group_id: NULL, state: email_state},
    {channel: 'push', group_id: NULL, state: push_state},
    {channel: 'email', group_id: $digest, state: digest_state},
    {channel: 'sms', group_id: $offers, state: 'unknown'},
    {channel: 'email', group_id: $newsletter, state: 'unknown'}
]) AS u (place)
WHERE forgotten AND place.state <> 'unsubscribed';
