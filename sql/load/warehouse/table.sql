-- PostgreSQL: the columns of one table that the job has a use for. A JSON text travels as that text, as it stands in the
-- narrow form; what Arrow would change on the way (numeric, arrays, …) travels as text.
SELECT
    {% for column, form in selected %}
    {% if form == 'json' %}
    json_build_array({{ column }}) ->> 0 AS {{ column }}{% if not loop.last %},{% endif %}
    {% elif form == 'structure' %}
    CAST(to_json({{ column }}) AS TEXT) AS {{ column }}{% if not loop.last %},{% endif %}
    {% elif form == 'written' %}
    CAST({{ column }} AS TEXT) AS {{ column }}{% if not loop.last %},{% endif %}
    {% else %}
    {{ column }}{% if not loop.last %},{% endif %}
    {% endif %}

    {% endfor %}
FROM {{ schema }}.{{ relation }};
