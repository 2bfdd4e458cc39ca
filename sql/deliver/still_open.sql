-- Profiles in which something read back does not hold yet: Braze may still be applying it.
-- What it refused is not waited for.
SELECT DISTINCT external_id FROM verdict WHERE state <> 'rejected' AND (gone OR NOT holds) ORDER BY external_id;
