-- What Braze holds: one row per exported line, every value as the JSON text that Braze gave, NULL for absent.
-- Strict on purpose: DuckDB refuses a file with a line that is not an object of this shape, and the caller then sifts
-- the lines. Nothing is cast here, so no odd value can turn into a NULL that reads as "absent in Braze".
CREATE OR REPLACE TABLE {{ table }} AS
SELECT
    json_extract_string(braze_id, '$') AS braze_id,
    json_extract_string(external_id, '$') AS external_id,
    json_extract_string(created_at, '$') AS created_at,
    CAST(user_aliases AS VARCHAR) AS user_aliases,
    {% for column, stored in columns %}
    nullif(CAST({{ stored }} AS VARCHAR), 'null') AS {{ column }},
    {% endfor %}
FROM read_json(
    $files,
    format = 'newline_delimited',
    maximum_object_size = 67108864,
    columns = {
        'braze_id': 'JSON',
        'external_id': 'JSON',
        'created_at': 'JSON',
        'user_aliases': 'JSON',
        {% for field in fields %}
        {{ field }}: 'JSON',
        {% endfor %}
        'custom_attributes': {{ custom }}
    }
);
