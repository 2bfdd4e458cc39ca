-- The duplicates with their clusters. What several findings say of one pair stands together as its evidence.
CREATE OR REPLACE TABLE duplicate_drift AS
SELECT
    coalesce(pointer.root, found.keep) AS cluster,
    found.kind,
    found.keep,
    found.other,
    found.label,
    string_agg(DISTINCT found.reason, '; ' ORDER BY found.reason) AS evidence
FROM found
LEFT JOIN pointer ON found.keep = pointer.id
GROUP BY coalesce(pointer.root, found.keep), found.kind, found.keep, found.other, found.label;
