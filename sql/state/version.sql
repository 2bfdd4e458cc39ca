-- Which migrations this database has had.
CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now());
SELECT version FROM migration;
