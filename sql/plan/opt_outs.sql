-- How many opt-outs of a plan Braze has not answered for, by the journal: planned, under way, or without an answer.
SELECT count(*) AS waiting
FROM read_parquet($corrections) AS correction
LEFT JOIN (
    SELECT
        external_id,
        field,
        arg_max(state, place) AS state
    FROM state.journal
    WHERE run = $run AND plan = $plan AND stage = 'suppress'
    GROUP BY external_id, field
) AS object ON correction.external_id = object.external_id AND object.field IS NULL
LEFT JOIN (
    SELECT
        external_id,
        field,
        arg_max(state, place) AS state
    FROM state.journal
    WHERE run = $run AND plan = $plan AND stage = 'suppress'
    GROUP BY external_id, field
) AS cell ON correction.external_id = cell.external_id AND correction.field = cell.field
WHERE
    correction.class = 'unsubscribe'
    AND coalesce(cell.state, object.state, 'planned') IN ('planned', 'sending', 'unknown');
