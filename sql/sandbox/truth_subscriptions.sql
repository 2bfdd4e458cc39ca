-- The rows of the truth about subscriptions in the order in which they are hashed.
SELECT external_id, channel, group_id, desired, actual, kind
FROM subscriptions
ORDER BY external_id, channel, group_id NULLS FIRST;
