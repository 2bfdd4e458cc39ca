-- Every drifted cell with its cause (design §5): what cannot be read is `invalid`, what differs in spelling only is
-- `format`, what changed within the quiet period is `in_flight`; the rest is judged by what has moved since the last run.
CREATE OR REPLACE TABLE attribute_drift AS
SELECT
    differing_cell.external_id,
    differing_cell.attribute,
    differing_cell.desired,
    differing_cell.actual,
    CASE
        WHEN recent.external_id IS NOT NULL THEN 'in_flight'
        WHEN earlier_cell.external_id IS NULL THEN 'first_seen'
        WHEN NOT earlier_cell.stated THEN 'never_sent'
        WHEN earlier_cell.desired_moved AND earlier_cell.actual_moved THEN 'both_moved'
        WHEN earlier_cell.desired_moved THEN 'source_moved'
        WHEN nights.nights > 0 THEN 'rejected'
        WHEN earlier_cell.actual_moved THEN 'overwritten'
        -- Nothing has moved, so nothing was done about it: the cause stays. What was left alone as in flight is due now.
        ELSE coalesce(earlier_cause.cause, 'source_moved')
    END AS cause,
    CASE
        WHEN nights.nights > 0 THEN concat('pushed on ', nights.nights, CASE nights.nights WHEN 1 THEN ' night' ELSE ' nights' END, ', and Braze does not hold it')
    END AS reason,
    CAST($observed_at AS TIMESTAMPTZ) AS observed_at,
    coalesce(nights.nights, 0) AS nights
FROM differing_cell
LEFT JOIN (
    SELECT DISTINCT recent.external_id, cell_trait.attribute
    FROM recent
    INNER JOIN cell_trait ON recent.trait = cell_trait.trait
) AS recent ON differing_cell.external_id = recent.external_id AND differing_cell.attribute = recent.attribute
LEFT JOIN earlier_cell
    ON differing_cell.external_id = earlier_cell.external_id AND differing_cell.attribute = earlier_cell.attribute
LEFT JOIN earlier_cause
    ON differing_cell.external_id = earlier_cause.external_id AND differing_cell.attribute = earlier_cause.attribute
LEFT JOIN nights
    ON differing_cell.external_id = nights.external_id AND differing_cell.attribute = nights.attribute
UNION ALL
SELECT
    external_id,
    attribute,
    source AS desired,
    actual,
    'invalid' AS cause,
    reason,
    CAST($observed_at AS TIMESTAMPTZ) AS observed_at,
    0 AS nights
FROM noted_cell
WHERE reason IS NOT NULL
UNION ALL
SELECT
    noted_cell.external_id,
    noted_cell.attribute,
    noted_cell.desired,
    noted_cell.actual,
    'format' AS cause,
    noted_cell.tidy AS reason,
    CAST($observed_at AS TIMESTAMPTZ) AS observed_at,
    0 AS nights
FROM noted_cell
LEFT JOIN differing_cell
    ON noted_cell.external_id = differing_cell.external_id AND noted_cell.attribute = differing_cell.attribute
WHERE
    noted_cell.tidy IS NOT NULL
    AND noted_cell.actual IS NOT NULL
    AND noted_cell.source <> noted_cell.actual
    AND differing_cell.external_id IS NULL;
