-- What was read back, into the journal: a field that holds is verified, one that does not is not_applied. Before a
-- delivery (`$before`) only what holds already is noted: the rest is still to be sent. Likewise of what Braze refused: its
-- own reason says more.
INSERT INTO state.journal (run, plan, stage, external_id, field, state, request_id, error, noted_at)
SELECT
    $run,
    $plan,
    stage,
    external_id,
    field,
    CASE WHEN holds AND NOT gone THEN 'verified' ELSE 'not_applied' END AS state,
    NULL AS request_id,
    CASE
        WHEN gone THEN 'Braze no longer has this profile'
        WHEN NOT holds AND verdict.state = 'unknown'
            THEN concat('read back, and Braze holds another value; the request had no clear answer (', verdict.error, ')')
        WHEN NOT holds AND verdict.state = 'not_applied' AND starts_with(verdict.error, 'read back') THEN verdict.error
        WHEN NOT holds THEN 'read back, and Braze holds another value'
    END AS error,
    now() AS noted_at
FROM verdict
WHERE (holds AND NOT gone) OR NOT ($before OR verdict.state = 'rejected');
