-- What the last run was seen to have repaired, by its results.
CREATE OR REPLACE TEMP TABLE repaired AS
{% if delivered %}
SELECT external_id, field, after FROM read_parquet($results) WHERE state = 'verified';
{% else %}
SELECT NULL::VARCHAR AS external_id, NULL::VARCHAR AS field, NULL::VARCHAR AS after WHERE FALSE;
{% endif %}
