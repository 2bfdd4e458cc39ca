-- Explicit nulls that leave a value standing in Braze, because clear_when_null does not name the attribute.
SELECT
    {% for cell in cells %}
    count(*) FILTER (WHERE {{ cell.beside('desired') }} = 'null' AND {{ cell.beside('actual') }} IS NOT NULL{% if cell.clears %} AND FALSE{% endif %})
    +
    {% endfor %}
    count(*) FILTER (WHERE FALSE)
FROM differing;
