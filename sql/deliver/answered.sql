-- Objects of this run's plan that Braze has answered for good; anything else is sent, or sent again.
CREATE OR REPLACE TABLE answered AS
SELECT stage, external_id
FROM state.journal
WHERE run = $run AND plan = $plan
GROUP BY stage, external_id
HAVING arg_max(state, place) IN ('accepted', 'rejected', 'verified', 'not_applied');
