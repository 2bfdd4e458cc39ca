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

-- Profiles whose newest row of each trait must be looked for: merged ones, and with them those that sql/desired/wide.sql
-- finds to have a trait twice.
CREATE OR REPLACE TEMP TABLE tangled AS SELECT DISTINCT profile FROM winner;
