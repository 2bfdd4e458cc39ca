-- What a profile that is to survive a merge must stay opted out of: what either profile is opted out of in Braze, and
-- the opt-outs of either that this plan has pushed, which Braze may not show yet.
INSERT INTO state.kept_opt_out (run, plan, step_id, step_field, external_id, field)
SELECT $run, $plan, row.step_id, row.step_field, row.external_id, row.field
FROM (
    SELECT
        unnest(from_json($kept, '[{
            "step_id": "VARCHAR", "step_field": "VARCHAR", "external_id": "VARCHAR", "field": "VARCHAR"
        }]')) AS row
) AS kept
UNION
SELECT $run, $plan, pair.row.step_id, pair.row.step_field, pair.row.external_id, result.field
FROM (
    SELECT
        unnest(from_json($joined, '[{
            "step_id": "VARCHAR", "step_field": "VARCHAR", "external_id": "VARCHAR"
        }]')) AS row
) AS pair
INNER JOIN result ON result.external_id IN (pair.row.step_id, pair.row.external_id)
WHERE result.class = 'unsubscribe' AND result.state <> 'rejected';
