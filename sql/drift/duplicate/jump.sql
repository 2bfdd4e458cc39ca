-- Pointers of a chain jump ahead to where the next one points; each time the way is halved, so that a chain of 10,000
-- takes 14 jumps. Returns how many have jumped.
CREATE OR REPLACE TEMP TABLE chain AS
SELECT chain.id, coalesce(following.root, chain.root) AS root, following.root IS NOT NULL AS moved
FROM chain
LEFT JOIN chain AS following ON chain.root = following.id;

SELECT count(*) FILTER (WHERE moved) AS moved FROM chain;
