-- For each chunk that can be under way at once, what of it is; none at the start.
{% for waiting in waitings %}
CREATE OR REPLACE TEMP TABLE {{ waiting }} (place UBIGINT, file UINTEGER, line UBIGINT, key UHUGEINT, day DATE, canonical_id VARCHAR);
{% endfor %}

CREATE OR REPLACE TEMP VIEW waiting AS
{% for waiting in waitings %}
SELECT key FROM {{ waiting }}
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
