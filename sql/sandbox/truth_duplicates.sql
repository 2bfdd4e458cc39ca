-- The truth about the bucket's duplicates, as they were drawn; a cluster is named by the least of its external ids.
INSERT INTO duplicates
WITH pairs AS (
    SELECT
        i,
        duplicate AS kind,
        CASE duplicate WHEN 'rename' THEN older_user_id ELSE user_id END AS keep,
        CASE duplicate
            WHEN 'merge' THEN second_user_id
            WHEN 'rename' THEN user_id
            ELSE coalesce(second_anonymous_id, anonymous_id)
        END AS other
    FROM people
    WHERE duplicate IS NOT NULL
    UNION ALL
    -- Both of a household's people in Braze with the mailbox, today's or the former one.
    SELECT one.i, 'suspected', least(one.user_id, two.user_id), greatest(one.user_id, two.user_id)
    FROM people AS one
    INNER JOIN people AS two ON one.i % 2 = 0 AND two.i = one.i + 1
    INNER JOIN cells AS held ON one.i = held.i AND held.attribute = 'email'
    INNER JOIN cells AS also_held ON two.i = also_held.i AND also_held.attribute = 'email'
    WHERE
        one.shares_mailbox AND held.actual = also_held.actual AND one.role = 'known' AND two.role = 'known'
), members AS (
    SELECT i, keep AS id FROM pairs
    UNION ALL
    SELECT i, other FROM pairs WHERE kind IN ('merge', 'rename', 'suspected')
    UNION ALL
    -- Two people who share a mailbox are one cluster with all that is found of either.
    SELECT pairs.i, linked.keep
    FROM pairs
    INNER JOIN pairs AS linked ON linked.i // 2 = pairs.i // 2
    WHERE EXISTS (SELECT 1 FROM pairs AS sharing WHERE sharing.kind = 'suspected' AND sharing.i = pairs.i // 2 * 2)
)
SELECT (SELECT min(members.id) FROM members WHERE members.i = pairs.i), kind, keep, other
FROM pairs;
