-- Profiles in which something read back does not hold yet: Braze may still be applying it.
SELECT DISTINCT external_id FROM verdict WHERE gone OR NOT holds ORDER BY external_id;
