-- What the last CSV had that did not fit.
SELECT DISTINCT line, lower(replace(CAST(error_type AS VARCHAR), '_', ' ')) AS kind
FROM reject_errors
ORDER BY line;
