-- What could not be used, and where it stands. Never dropped silently.
CREATE OR REPLACE TABLE quarantine AS
SELECT row.source, row.file, row.line, row.reason
FROM (
    SELECT
        unnest(from_json($rejects, '[{"source": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR"}]')) AS row
) AS rejects
ORDER BY ALL;
