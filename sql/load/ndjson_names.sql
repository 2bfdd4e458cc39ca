-- Lines of a JSON Lines file that are no object, or may not be JSON at all, and the members that the objects have. Fails
-- on a line that DuckDB takes for no JSON; it takes NaN and Infinity, which are none, so those are looked for (in a text
-- they mean nothing, and a closer look shows that).
SELECT
    count(*) FILTER (WHERE json_type(json) <> 'OBJECT' OR regexp_matches(CAST(json AS VARCHAR), '(?i)[:\[,]\s*-?(nan|inf)')) AS odd,
    list_distinct(flatten(list(DISTINCT json_keys(json)) FILTER (WHERE json_type(json) = 'OBJECT'))) AS names
FROM read_ndjson_objects($file);
