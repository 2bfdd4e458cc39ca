-- Whether a line of a file is no JSON object; DuckDB shows a line that is no JSON as NULL.
SELECT 1 AS found
FROM read_ndjson_objects($file, ignore_errors = TRUE)
WHERE json IS NULL OR json_type(json) <> 'OBJECT'
LIMIT 1;
