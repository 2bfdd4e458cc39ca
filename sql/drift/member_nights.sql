-- How many nights each value was pushed in vain, as sql/drift/nights.sql has it for attributes.
CREATE OR REPLACE TEMP TABLE member_nights AS
SELECT not_held.external_id, not_held.field, count(DISTINCT not_held.run) AS nights
FROM state.not_held
INNER JOIN cohort_change
    ON not_held.external_id = cohort_change.external_id
    AND not_held.field = cohort_change.field
    AND not_held.value = md5(cohort_change.after)
WHERE not_held.run <> $run
GROUP BY not_held.external_id, not_held.field;
