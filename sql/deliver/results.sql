-- Every correction of the plan and what became of it: a field's own last state, else its object's, else the plan's.
-- What the plan holds back did not travel in the profile's object, and does not share its state.
CREATE OR REPLACE TABLE result AS
SELECT
    correction.correction_id,
    correction.stage,
    correction.class,
    correction.external_id,
    correction.field,
    correction.before,
    correction.after,
    correction.cause,
    correction.data_points,
    coalesce(cell.state, object.state, correction.state) AS state,
    coalesce(cell.request_id, object.request_id) AS request_id,
    nullif(coalesce(cell.error, object.error), '') AS error
FROM correction
LEFT JOIN last_state AS object
    ON correction.external_id = object.external_id AND correction.stage = object.stage AND object.field IS NULL
    AND correction.state = 'planned'
LEFT JOIN last_state AS cell
    ON correction.external_id = cell.external_id AND correction.stage = cell.stage AND correction.field = cell.field
    AND correction.state = 'planned';

COPY (SELECT * FROM result ORDER BY stage, external_id, field) TO $results (FORMAT parquet, COMPRESSION zstd);
