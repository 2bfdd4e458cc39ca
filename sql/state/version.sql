-- Which migrations this database has had.
CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now());
SELECT coalesce(max(version), 0) FROM migration;
