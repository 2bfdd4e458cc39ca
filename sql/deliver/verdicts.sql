-- Whether each correction that was read back holds, by the same equality that found the drift. A profile that was not
-- given back does not exist any more.
CREATE OR REPLACE TEMP TABLE verdict AS
SELECT
    checked.stage,
    checked.external_id,
    checked.field,
    CASE checked.field
        {% for cell in cells %}
        WHEN {{ cell.name }}
            THEN CASE
                WHEN checked.after = 'null' THEN read_back.{{ cell.column }} IS NULL
                ELSE NOT coalesce({{ cell.differs('checked.after', 'read_back.' ~ cell.column) }}, TRUE)
            END
        {% endfor %}
    END AS holds,
    read_back.external_id IS NULL AS gone
FROM result AS checked
INNER JOIN (SELECT unnest(from_json($asked, '["VARCHAR"]')) AS external_id) AS asked ON checked.external_id = asked.external_id
LEFT JOIN read_back ON checked.external_id = read_back.external_id
WHERE checked.state IN ('accepted', 'unknown', 'not_applied');
