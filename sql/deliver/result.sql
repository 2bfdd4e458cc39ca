-- Every correction of the plan and what became of it: a field's own last state, else its object's, else the plan's.
-- What the plan holds back did not travel in the profile's object, and does not share its state. Temporary, for it is made
-- anew by every command, and writing it to disk costs five times as much.
CREATE OR REPLACE TEMP TABLE result AS
SELECT
    delivery.correction_id,
    delivery.stage,
    delivery.class,
    delivery.external_id,
    delivery.field,
    delivery.before,
    delivery.after,
    delivery.cause,
    delivery.data_points,
    coalesce(cell.state, object.state, delivery.state) AS state,
    coalesce(cell.request_id, object.request_id) AS request_id,
    nullif(coalesce(cell.error, object.error), '') AS error,
    delivery.merges
FROM delivery
LEFT JOIN last_state AS object
    ON delivery.external_id = object.external_id AND delivery.stage = object.stage AND object.field IS NULL
    AND delivery.state = 'planned'
LEFT JOIN last_state AS cell
    ON delivery.external_id = cell.external_id AND delivery.stage = cell.stage AND delivery.field = cell.field
    AND delivery.state = 'planned';
