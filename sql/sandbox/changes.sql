-- The gathered state changes in the order in which they happened; those at the same time in one that says nothing.
SELECT id, happened_at, user_id, external_user_id, channel, group_id, address, identifier, told_channel, status, source
FROM changes
ORDER BY happened_at, id;
