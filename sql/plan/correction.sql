-- One row per change that is to be made in Braze. The id depends on nothing but the change itself, so the same input
-- gives the same plan. Ownership decides what is pushed; what is reported only (design §5) never gets here.
-- What was pushed in vain on give_up_after nights stays in the plan, to be seen, and is not sent again.
-- A data point is one attribute, of a nested object one key (facts/braze-rest-api §2.9).
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
    CASE WHEN cell.is_object AND starts_with(desired, '{') THEN greatest(len(json_keys(desired)), 1) ELSE 1 END AS data_points,
    cell.is_object AND starts_with(desired, '{') AS merges,
    CASE WHEN nights >= $give_up_after THEN 'quarantined' ELSE 'planned' END AS state
FROM attribute_drift
INNER JOIN cell USING (attribute)
WHERE cell.owner = 'segment' AND cause NOT IN ('in_flight', 'format', 'invalid');
