-- The cells of a bucket that differ. First the profiles in which anything differs, found in one join; then, attribute by
-- attribute, their cells. Only what Segment states is compared: no row for a trait is no drift (rulings, "Values").
{% if is_part %}
-- Picked before the join, which else would take in all rows of the base, with every column.
CREATE OR REPLACE TEMP TABLE picked AS
SELECT
    {% for cell in cells %}
    {{ cell.column }},
    {% endfor %}
    external_id
FROM bucket_actual;

{% endif %}
CREATE OR REPLACE TEMP TABLE differing AS
SELECT
    desired.external_id,
    desired.notes,
    {% for cell in cells %}
    desired.{{ cell.column }} AS {{ cell.beside('desired') }},
    actual.{{ cell.column }} AS {{ cell.beside('actual') }},
    {% endfor %}
FROM bucket_desired AS desired
INNER JOIN {% if is_part %}picked{% else %}bucket_actual{% endif %} AS actual ON desired.external_id = actual.external_id
WHERE
    desired.notes IS NOT NULL
    {% for cell in cells %}
    OR {{ cell.differs('desired.' ~ cell.column, 'actual.' ~ cell.column) }}
    {% endfor %}
;

INSERT INTO differing_cell
SELECT NULL::VARCHAR AS external_id, NULL::VARCHAR AS attribute, NULL::VARCHAR AS desired, NULL::VARCHAR AS actual
WHERE FALSE
{% for cell in cells %}
{% set desired = cell.beside('desired') %}
{% set actual = cell.beside('actual') %}
UNION ALL
SELECT external_id, {{ cell.name }} AS attribute, {{ desired }} AS desired, {{ actual }} AS actual
FROM differing
{% if cell.words %}
{% include 'drift/word_joins.sql' %}
{% endif %}
WHERE
    {{ cell.differs(desired, actual) }}
    AND ({{ desired }} <> 'null'{% if cell.clears %} OR {{ actual }} IS NOT NULL{% endif %})
    {% if cell.words %}
    AND coalesce(wanted.code <> held.code, TRUE)
    {% endif %}
{% endfor %};

-- Cells that Segment states but nobody can read, and cells where only the spelling differs.
INSERT INTO noted_cell
WITH note AS (
    SELECT external_id, unnest(notes) AS note
    FROM differing
    WHERE notes IS NOT NULL
)

SELECT
    note.external_id,
    note.note.attribute AS attribute,
    note.note.source AS source,
    note.note.reason AS reason,
    note.note.tidy AS tidy,
    {% if not cells %}
    NULL::VARCHAR AS desired,
    {% else %}
    CASE note.note.attribute
        {% for cell in cells %}
        WHEN {{ cell.name }} THEN differing.{{ cell.beside('desired') }}
        {% endfor %}
    END AS desired,
    {% endif %}
    {% if not cells %}
    NULL::VARCHAR AS actual
    {% else %}
    CASE note.note.attribute
        {% for cell in cells %}
        WHEN {{ cell.name }} THEN differing.{{ cell.beside('actual') }}
        {% endfor %}
    END AS actual
    {% endif %}
FROM note
INNER JOIN differing ON note.external_id = differing.external_id;

-- Explicit nulls that leave a value standing in Braze, because clear_when_null does not name the attribute.
INSERT INTO null_kept
SELECT
    {% for cell in cells if not cell.clears %}
    count(*) FILTER (WHERE {{ cell.beside('desired') }} = 'null' AND {{ cell.beside('actual') }} IS NOT NULL)
    +
    {% endfor %}
    0 AS cells
FROM differing
WHERE external_id NOT IN (SELECT newcomer.external_id FROM newcomer);

-- As large as a side of the bucket.
DROP TABLE differing;
{% if is_part %}
DROP TABLE picked;
{% endif %}
