-- Every drifted cell with its cause (design §5): what cannot be read is `invalid`, what differs in spelling only is
-- `format`, what changed within the quiet period is `in_flight`; the rest is judged by earlier nights.
CREATE OR REPLACE TABLE attribute_drift AS
SELECT
    differing_cell.external_id,
    differing_cell.attribute,
    differing_cell.desired,
    differing_cell.actual,
    CASE WHEN recent.external_id IS NOT NULL THEN 'in_flight' ELSE 'first_seen' END AS cause,
    CAST(NULL AS VARCHAR) AS reason,
    CAST($observed_at AS TIMESTAMPTZ) AS observed_at
FROM differing_cell
LEFT JOIN (
    SELECT DISTINCT recent.external_id, cell_trait.attribute
    FROM recent
    INNER JOIN cell_trait ON recent.trait = cell_trait.trait
) AS recent ON differing_cell.external_id = recent.external_id AND differing_cell.attribute = recent.attribute
UNION ALL
SELECT
    external_id,
    attribute,
    source AS desired,
    actual,
    'invalid' AS cause,
    reason,
    CAST($observed_at AS TIMESTAMPTZ) AS observed_at
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
    CAST($observed_at AS TIMESTAMPTZ) AS observed_at
FROM noted_cell
LEFT JOIN differing_cell
    ON noted_cell.external_id = differing_cell.external_id AND noted_cell.attribute = differing_cell.attribute
WHERE
    noted_cell.tidy IS NOT NULL
    AND noted_cell.actual IS NOT NULL
    AND noted_cell.source <> noted_cell.actual
    AND differing_cell.external_id IS NULL;
