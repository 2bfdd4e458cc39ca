-- What could not be used, and where it stands. Never dropped silently.
CREATE OR REPLACE TABLE quarantine AS
SELECT source, file, line, reason FROM rejects ORDER BY source, file, line;
