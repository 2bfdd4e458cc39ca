-- Profiles whose corrections Braze took, or may have taken, and nobody has yet seen to hold.
SELECT DISTINCT external_id
FROM result
WHERE state IN ('accepted', 'unknown', 'not_applied')
ORDER BY external_id;
