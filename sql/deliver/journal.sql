-- What came of some objects, in one transaction.
INSERT INTO state.journal (run, plan, stage, external_id, state, request_id, error, noted_at)
SELECT $run, $plan, $stage, row.external_id, row.state, row.request_id, row.error, now()
FROM (
    SELECT
        unnest(from_json($outcomes, '[{"external_id": "VARCHAR", "state": "VARCHAR", "request_id": "VARCHAR", "error": "VARCHAR"}]')) AS row
) AS outcomes;
