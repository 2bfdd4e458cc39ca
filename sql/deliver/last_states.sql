-- The last state of each object of a run's plan, and of single fields where those were judged.
CREATE OR REPLACE TEMP TABLE last_state AS
SELECT
    stage,
    external_id,
    field,
    arg_max(state, place) AS state,
    arg_max(request_id, place) FILTER (WHERE request_id IS NOT NULL) AS request_id,
    arg_max(coalesce(error, ''), place) AS error
FROM state.journal
WHERE run = $run AND plan = $plan
GROUP BY stage, external_id, field;
