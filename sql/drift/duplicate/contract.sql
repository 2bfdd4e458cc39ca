-- The end of a round: links now run between the ids that their ends point to. Returns how many links are left.
INSERT INTO pointed SELECT id, root FROM pointer;

CREATE OR REPLACE TEMP TABLE link AS
SELECT DISTINCT least(one.root, two.root) AS lesser, greatest(one.root, two.root) AS greater
FROM (
    SELECT coalesce(pointer.root, link.lesser) AS root, link.greater
    FROM link
    LEFT JOIN pointer ON link.lesser = pointer.id
) AS one
INNER JOIN pointer AS two ON one.greater = two.id
WHERE one.root <> two.root;

SELECT count(*) AS links FROM link;
