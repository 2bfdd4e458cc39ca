-- The members that objects of a JSON Lines file have; fails on a line that is not an object.
SELECT DISTINCT unnest(json_keys(json)) AS name FROM read_ndjson_objects($file);
