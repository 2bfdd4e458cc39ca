-- Without its `identify` a newcomer has no profile that values could go to: they are for the night on which it goes. Their
-- opt-outs stay: these reach the alias-only profile as it is.
DELETE FROM correction
WHERE
    stage = 'attributes'
    AND external_id IN (
        SELECT newcomer.external_id
        FROM newcomer
        LEFT JOIN correction AS step
            ON
                newcomer.external_id = step.external_id
                AND step.class = 'identify'
                AND step.state = 'planned'
        WHERE step.external_id IS NULL
    );
