-- The traits of a wide table as rows of the narrow one, without those of profiles that were merged away (facts/segment
-- §1.5). A text stays as it is; a value with a type becomes the JSON that the narrow form would hold, a time ISO in UTC.
COPY (
    SELECT
        canonical_segment_id,
        trait.name,
        trait.value
    FROM (
        SELECT
            CAST(canonical_segment_id AS VARCHAR) AS canonical_segment_id,
            unnest(CAST([
                {% for name, column, form in trait_columns %}
                {'name': {{ name }}, 'value':
                    {% if form == 'structure' %}
                    CAST(to_json({{ column }}) AS VARCHAR)
                    {% elif form == 'time' %}
                    regexp_replace(strftime(CAST(CAST({{ column }} AS TIMESTAMPTZ) AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%f'), '\.?0+$', '') || 'Z'
                    {% elif form == 'json' %}
                    json_extract_string({{ column }}, '$')
                    {% else %}
                    CAST({{ column }} AS VARCHAR)
                    {% endif %}
                }{% if not loop.last %},{% endif %}
                {% endfor %}
            ] AS STRUCT(name VARCHAR, value VARCHAR)[])) AS trait
        FROM read_parquet($file)
        WHERE coalesce(CAST(merged_to AS VARCHAR), '') = ''
    ) AS stated
    WHERE trait.value IS NOT NULL
) TO $target (FORMAT parquet, COMPRESSION lz4_raw);
