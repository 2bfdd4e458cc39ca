-- What suites may ask of Braze as it was loaded (docs/quality.md): a row for each profile, a column for each mapped
-- attribute, with the JSON text that recon compares. `work` is the run's database.
CREATE OR REPLACE TEMP VIEW braze AS
SELECT
    external_id,
    braze_id,
    {% for column, name in columns %}
    {{ column }} AS {{ name }},
    {% endfor %}
FROM work.actual;
