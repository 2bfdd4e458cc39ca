-- The plan as it may be delivered now: classes that a person has approved, by the plan's hash, are withheld no longer.
CREATE OR REPLACE TABLE approved_class AS
SELECT DISTINCT class
FROM state.approval
WHERE plan = $plan;

-- What a merge made of a value that is written whole: told by the correction's id, which names the change itself.
CREATE TABLE IF NOT EXISTS adjusted (correction_id VARCHAR, after VARCHAR);

CREATE OR REPLACE VIEW delivery AS
SELECT
    correction.* REPLACE (
        coalesce(adjusted.after, correction.after) AS after,
        CASE
            WHEN correction.state = 'withheld' AND approved_class.class IS NOT NULL THEN 'planned'
            ELSE correction.state
        END AS state
    )
FROM correction
LEFT JOIN approved_class ON correction.class = approved_class.class
LEFT JOIN adjusted ON correction.correction_id = adjusted.correction_id;
