-- What came of some objects, in one transaction. Objects of one request that share their outcome come together.
-- Fields are left out where objects are about no single one: the shorter list goes on as NULL.
INSERT INTO state.journal (run, plan, stage, external_id, field, state, request_id, error, noted_at)
SELECT
    $run,
    $plan,
    $stage,
    unnest(told.external_ids),
    unnest(told.fields),
    told.state,
    told.request_id,
    told.error,
    now()
FROM (
    SELECT
        unnest(from_json($outcomes, '[{
            "external_ids": ["VARCHAR"], "fields": ["VARCHAR"], "state": "VARCHAR", "request_id": "VARCHAR", "error": "VARCHAR"
        }]')) AS told
) AS outcomes;
