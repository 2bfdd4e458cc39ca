-- The audiences and where Braze holds each: `key` as it stands in an array, `most` elements that the array keeps,
-- `blocked` where Braze would not keep what recon wrote.
CREATE OR REPLACE TABLE cohort AS
SELECT
    row.number,
    row.audience,
    CAST(to_json(row.audience) AS VARCHAR) AS key,
    row.field,
    row.field_number,
    row.form,
    row.most,
    row.blocked
FROM (
    SELECT unnest(from_json($cohorts, '[{
        "number": "INTEGER", "audience": "VARCHAR", "field": "VARCHAR", "field_number": "INTEGER", "form": "VARCHAR",
        "most": "INTEGER", "blocked": "BOOLEAN"
    }]')) AS row
) AS cohorts;
