-- Whether each correction that was read back holds, by the same equality that found the drift. A profile that was not
-- given back does not exist any more.
CREATE OR REPLACE TEMP TABLE checked AS
SELECT result.stage, result.external_id, result.field, result.after
FROM result
INNER JOIN (SELECT unnest(from_json($asked, '["VARCHAR"]')) AS external_id) AS asked USING (external_id)
WHERE result.state IN ('accepted', 'unknown', 'not_applied');

CREATE OR REPLACE TEMP TABLE verdict AS
{% for cell in cells %}
{% set desired = raw('checked.after') %}
{% set actual = raw('read_back.' ~ cell.column) %}
SELECT
    checked.stage,
    checked.external_id,
    checked.field,
    CASE
        WHEN checked.after = 'null' THEN read_back.{{ cell.column }} IS NULL
        ELSE NOT ({{ cell.differs(desired, actual) }}{% if cell.words %} AND coalesce(wanted.code <> held.code, TRUE){% endif %})
    END AS holds,
    read_back.external_id IS NULL AS gone
FROM checked
LEFT JOIN read_back ON checked.external_id = read_back.external_id
{% if cell.words %}
{% include 'drift/word_joins.sql' %}
{% endif %}
WHERE checked.field = {{ cell.name }}
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
