-- Nothing about newcomers is drift: to the drift tables they are missing (rulings, "Profiles and causes"). Their
-- differences are kept apart for the plan.
CREATE OR REPLACE TABLE newcomer_attribute AS
SELECT * FROM attribute_drift WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);
DELETE FROM attribute_drift WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);

CREATE OR REPLACE TABLE newcomer_cohort AS
SELECT * FROM cohort_drift WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);
DELETE FROM cohort_drift WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);

CREATE OR REPLACE TABLE newcomer_consent AS
SELECT * FROM subscription_drift WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);
DELETE FROM subscription_drift WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);

DELETE FROM actual WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);
UPDATE person SET alive = FALSE WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);
