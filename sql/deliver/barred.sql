-- Groups that nobody is put into any more, because the profile that was merged into this one had opted out of them.
INSERT INTO state.journal (run, plan, stage, external_id, field, state, request_id, error, noted_at)
SELECT
    $run,
    $plan,
    result.stage,
    result.external_id,
    result.field,
    'not_applied' AS state,
    NULL AS request_id,
    'not sent: a profile merged into this one had opted out' AS error,
    now() AS noted_at
FROM result
WHERE
    result.stage = 'attributes'
    AND result.state IN ('planned', 'unknown')
    AND result.after <> '"unsubscribed"'
    AND EXISTS (
        SELECT 1
        FROM state.kept_opt_out AS kept
        WHERE kept.run = $run AND kept.plan = $plan AND kept.external_id = result.external_id AND kept.field = result.field
    );
