-- One profile, attribute by attribute: what Segment wants, what Braze holds, and the drift that was found. What Segment
-- states and nobody can read is shown as it stands there.
SELECT
    cell.attribute,
    cell.owner,
    {% if not cells %}
    NULL::VARCHAR AS desired,
    {% else %}
    coalesce(
        CASE cell.attribute
            {% for cell in cells %}
            WHEN {{ cell.name }} THEN desired.{{ cell.column }}
            {% endfor %}
        END,
        attribute_drift.desired
    ) AS desired,
    {% endif %}
    {% if not cells %}
    NULL::VARCHAR AS actual,
    {% else %}
    CASE cell.attribute
        {% for cell in cells %}
        WHEN {{ cell.name }} THEN actual.{{ cell.column }}
        {% endfor %}
    END AS actual,
    {% endif %}
    attribute_drift.cause,
    attribute_drift.reason
FROM cell
CROSS JOIN (SELECT * FROM desired WHERE external_id = $external_id) AS desired
INNER JOIN actual ON desired.external_id = actual.external_id
LEFT JOIN attribute_drift
    ON desired.external_id = attribute_drift.external_id AND cell.attribute = attribute_drift.attribute;
