-- How many nights each differing value was pushed in vain: Braze refused it, or took it and did not keep it.
CREATE OR REPLACE TEMP TABLE nights AS
SELECT not_held.external_id, not_held.field AS attribute, count(DISTINCT not_held.run) AS nights
FROM state.not_held
INNER JOIN differing_cell
    ON not_held.external_id = differing_cell.external_id
    AND not_held.field = differing_cell.attribute
    AND not_held.value = md5(differing_cell.desired)
WHERE not_held.run <> $run
GROUP BY not_held.external_id, not_held.field;
