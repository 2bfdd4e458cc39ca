-- Pointers of chains point to where the chain ends.
CREATE OR REPLACE TEMP TABLE pointer AS
SELECT pointer.id, coalesce(chain.root, pointer.root) AS root
FROM pointer
LEFT JOIN chain ON pointer.id = chain.id;
