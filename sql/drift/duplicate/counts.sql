-- Duplicates by kind.
SELECT kind, count(*) AS pairs FROM duplicate_drift GROUP BY kind;
