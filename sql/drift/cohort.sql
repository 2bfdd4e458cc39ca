-- Every membership that differs, with its cause, told as sql/drift/attribute.sql tells it for attributes.
CREATE OR REPLACE TABLE cohort_drift AS
SELECT
    member.external_id,
    member.audience,
    member.change,
    CASE
        WHEN member.standing IS NOT NULL THEN member.standing
        -- The array is full: Braze would cut the key off again.
        WHEN member.change = 'enter' AND NOT coalesce(list_contains(cohort_change.entering, member.key), FALSE)
            THEN 'invalid'
        WHEN earlier_member.external_id IS NULL THEN 'first_seen'
        -- Only who enters can be sent for the first time; absence was never sent to anybody.
        WHEN NOT earlier_member.stated AND member.change = 'enter' THEN 'never_sent'
        WHEN earlier_member.desired_moved AND earlier_member.actual_moved THEN 'both_moved'
        WHEN earlier_member.desired_moved THEN 'source_moved'
        WHEN member_nights.nights > 0 THEN 'rejected'
        WHEN earlier_member.actual_moved THEN 'overwritten'
        ELSE coalesce(earlier_member_cause.cause, 'source_moved')
    END AS cause,
    member.number,
    member.field,
    coalesce(member_nights.nights, 0) AS nights
FROM member_standing AS member
LEFT JOIN cohort_change ON member.external_id = cohort_change.external_id AND member.field = cohort_change.field
LEFT JOIN earlier_member ON member.external_id = earlier_member.external_id AND member.number = earlier_member.number
LEFT JOIN earlier_member_cause
    ON member.external_id = earlier_member_cause.external_id
    AND member.audience = earlier_member_cause.audience
    AND member.change = earlier_member_cause.change
LEFT JOIN member_nights ON member.external_id = member_nights.external_id AND member.field = member_nights.field;
