-- One row per change that is to be made in Braze. The id depends on nothing but the change itself, so the same input
-- gives the same plan. Ownership decides what is pushed; what is reported only (design §5) never gets here.
-- What was pushed in vain on give_up_after nights stays in the plan, to be seen, and is not sent again.
CREATE OR REPLACE TABLE correction AS
SELECT
    md5(concat_ws(chr(31), 'attributes', 'attribute', external_id, attribute, coalesce(desired, ''), coalesce(actual, ''))) AS correction_id,
    'attributes' AS stage,
    'attribute' AS class,
    external_id,
    attribute AS field,
    actual AS before,
    desired AS after,
    cause,
    data_points(desired, cell.is_object) AS data_points,
    cell.is_object AND starts_with(desired, '{') AS merges,
    CASE WHEN nights >= $give_up_after THEN 'quarantined' ELSE 'planned' END AS state
FROM (
    SELECT * FROM attribute_drift
    UNION ALL
    SELECT * FROM newcomer_attribute
) AS differing
INNER JOIN cell USING (attribute)
WHERE cell.owner = 'segment' AND cause NOT IN ('in_flight', 'format', 'invalid')
UNION ALL
-- Audiences that share an array share its correction too; its cause is that of the audience that comes first.
SELECT
    md5(concat_ws(chr(31), 'attributes', 'cohort', change.external_id, change.field, change.after, coalesce(change.before, ''))) AS correction_id,
    'attributes' AS stage,
    'cohort' AS class,
    change.external_id,
    change.field,
    change.before,
    change.after,
    due.cause,
    CASE WHEN starts_with(change.field, 'subscription_group:') THEN 0 ELSE 1 END AS data_points,
    FALSE AS merges,
    CASE WHEN due.nights >= $give_up_after THEN 'quarantined' ELSE 'planned' END AS state
FROM cohort_change AS change
INNER JOIN (
    SELECT external_id, field, arg_min(cause, number) AS cause, max(nights) AS nights
    FROM (
        SELECT * FROM cohort_drift
        UNION ALL
        SELECT * FROM newcomer_cohort
    ) AS differing
    WHERE cause NOT IN ('in_flight', 'invalid')
    GROUP BY external_id, field
) AS due ON change.external_id = due.external_id AND change.field = due.field;
