-- What Braze should hold, still empty: sql/desired/desired.sql fills it.
CREATE OR REPLACE TABLE desired (
    external_id VARCHAR,
    {% for cell in cells %}
    {{ cell.column }} VARCHAR,
    {% endfor %}
    {% for cohort in cohorts %}
    {{ cohort.column }} VARCHAR,
    {% endfor %}
    notes STRUCT(attribute VARCHAR, source VARCHAR, reason VARCHAR, tidy VARCHAR)[]
);
