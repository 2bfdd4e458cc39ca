-- Profiles whose corrections Braze took, or may have taken, and nobody has yet seen to hold; of what Braze refused too, for
-- an answer may be wrong, and an object with one bad field may have been taken in part.
SELECT
    external_id,
    bool_or(starts_with(field, 'subscription_group:')) AS in_groups
FROM result
WHERE
    state IN ('accepted', 'unknown', 'not_applied', 'rejected')
    AND (stage IN ('suppress', 'attributes') OR class = 'alias')
GROUP BY external_id
ORDER BY external_id;
