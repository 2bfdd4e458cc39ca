-- A member that is a JSON text becomes that text, any other value its JSON, null and absent become NULL: the same as
-- the table's value in any other format.
COPY (
    SELECT
        {% for literal, name in names %}
        json_extract_string(json, concat('/', {{ literal }})) AS {{ name }},
        {% endfor %}
    FROM read_ndjson_objects($file)
) TO $target (FORMAT parquet, COMPRESSION lz4_raw);
