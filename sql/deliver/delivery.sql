-- The plan as it may be delivered now: classes that a person has approved, by the plan's hash, are withheld no longer. An
-- approval is used up by the run that delivers it: where the same plan comes again on another night, somebody or something
-- has undone what was approved, and a person has to look again.
CREATE OR REPLACE TABLE approved_class AS
SELECT DISTINCT approval.class
FROM state.approval
LEFT JOIN (
    SELECT
        correction.class,
        max(journal.noted_at) AS delivered_at
    FROM state.journal
    INNER JOIN correction
        ON journal.stage = correction.stage
        AND journal.external_id = correction.external_id
        AND coalesce(journal.field, correction.field) = correction.field
    WHERE journal.plan = $plan AND journal.run <> $run AND correction.state = 'withheld'
    GROUP BY correction.class
) AS used ON approval.class = used.class
WHERE approval.plan = $plan AND (used.delivered_at IS NULL OR used.delivered_at < approval.approved_at);

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
