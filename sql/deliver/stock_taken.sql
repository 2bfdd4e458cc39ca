-- How much was noted when stock was taken.
CREATE OR REPLACE TEMP TABLE stock AS
SELECT $plan AS plan, (SELECT count(*) FROM state.journal) AS noted, (SELECT count(*) FROM adjusted) AS adjusted;
