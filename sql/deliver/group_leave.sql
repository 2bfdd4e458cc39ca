-- Remembers who was made to leave a subscription group by an audience, and forgets who has entered it since. The time is
-- that of the delivery's first beginning, however often it was gone on with: whatever a person does from then on is theirs.
DELETE FROM state.group_leave
USING result
WHERE
    group_leave.external_id = result.external_id
    AND group_leave.field = result.field
    AND result.class = 'cohort'
    AND result.state IN ('accepted', 'unknown', 'verified');

INSERT INTO state.group_leave (external_id, field, left_at)
SELECT external_id, field, CAST($began_at AS TIMESTAMPTZ)
FROM result
WHERE
    class = 'cohort'
    AND starts_with(field, 'subscription_group:')
    AND after = '"unsubscribed"'
    AND state IN ('accepted', 'unknown', 'verified');
