-- Steps and states that were sent in vain on give_up_after nights stay in the plan, to be seen, and are not sent again.
-- Values and array or boolean members have been judged by the drift step. An opt-out is never given up.
UPDATE correction
SET state = 'quarantined'
FROM (
    SELECT external_id, field, value
    FROM state.not_held
    WHERE run <> $run
    GROUP BY external_id, field, value
    HAVING count(DISTINCT run) >= $give_up_after
) AS in_vain
WHERE
    correction.external_id = in_vain.external_id
    AND correction.field = in_vain.field
    AND md5(correction.after) = in_vain.value
    AND correction.class <> 'unsubscribe'
    AND correction.state = 'planned';
