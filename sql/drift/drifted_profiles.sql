-- Profiles with any drifted cell, and the cells that recon would push.
SELECT
    count(DISTINCT external_id) AS profiles,
    count(*) FILTER (WHERE cause NOT IN ('in_flight', 'format', 'invalid', 'rejected') AND owner = 'segment') AS to_repair
FROM attribute_drift
INNER JOIN cell USING (attribute);
