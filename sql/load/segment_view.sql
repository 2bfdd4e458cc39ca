-- One table of Segment's, over all its files; an optional one may have none. Times without a zone are UTC (rulings, "More
-- on files").
CREATE OR REPLACE TEMP VIEW {{ view }} AS
SELECT
    {% for source, name in columns %}
    CAST({{ source }} AS VARCHAR) AS {{ name }},
    {% endfor %}
    TRY_CAST({{ moment }} AS TIMESTAMPTZ) AS happened_at
{% if files %}
FROM read_parquet([{% for file in files %}{{ file }}{% if not loop.last %}, {% endif %}{% endfor %}], union_by_name = TRUE);
{% else %}
WHERE FALSE;
{% endif %}
