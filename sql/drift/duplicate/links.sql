-- The start of clustering. `link`: pairs of external ids that belong together, the lesser first. `pointed`: ids that
-- have been found to lie under a lesser one; each comes in once.
CREATE OR REPLACE TEMP TABLE link AS
SELECT DISTINCT least(keep, other) AS lesser, greatest(keep, other) AS greater
FROM found
WHERE label IS NULL;

CREATE OR REPLACE TEMP TABLE pointed (id VARCHAR, root VARCHAR);
