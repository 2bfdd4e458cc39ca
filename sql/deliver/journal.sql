-- What came of some objects, in one transaction.
INSERT INTO state.journal (run, plan, stage, external_id, field, state, request_id, error, noted_at)
SELECT $run, $plan, $stage, row.external_id, row.field, row.state, row.request_id, row.error, now()
FROM (
    SELECT
        unnest(from_json($outcomes, '[{
            "external_id": "VARCHAR", "field": "VARCHAR", "state": "VARCHAR", "request_id": "VARCHAR", "error": "VARCHAR"
        }]')) AS row
) AS outcomes;
