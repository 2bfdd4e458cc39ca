-- Lines of a JSON Lines file that are no object, and the members that the objects have. Fails on a line that is no JSON.
SELECT
    count(*) FILTER (WHERE json_type(json) <> 'OBJECT') AS strays,
    list_distinct(flatten(list(DISTINCT json_keys(json)))) AS names
FROM read_ndjson_objects($file);
