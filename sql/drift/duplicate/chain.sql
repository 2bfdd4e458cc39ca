-- The pointers that lead on to others, or that others lead to: few where clusters are small.
CREATE OR REPLACE TEMP TABLE chain AS
SELECT id, root, TRUE AS moved
FROM pointer
WHERE root IN (SELECT pointer.id FROM pointer) OR id IN (SELECT pointer.root FROM pointer);
