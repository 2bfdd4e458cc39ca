-- Old profiles of the bucket's people: in Braze under an id that Segment never had, with an address that somebody has
-- today, and so with its states.
SELECT
    '{"braze_id":"' || left(md5('echo' || key), 24)
    || '","external_id":"former_' || i
    || '","user_aliases":[],"random_bucket":' || dice(key, 'echo bucket', 10000)
    || ',"created_at":"' || iso(signed_up - INTERVAL 300 DAY)
    || '","fields":{"email":"' || mailboxes.mail || '","email_subscribe":"' || consents_held.email
    || '","push_subscribe":"subscribed"},"custom_attributes":{"nps_score":' || dice(key, 'echo nps', 11)
    || '},"groups":{' || consents_held.email_groups || '}}' AS profile
FROM people
INNER JOIN mailboxes USING (i)
INNER JOIN consents_held USING (i)
WHERE mailboxes.echo
ORDER BY i;
