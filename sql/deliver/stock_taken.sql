-- What was noted, and what a merge had changed, when stock was taken.
CREATE OR REPLACE TEMP TABLE stock AS
SELECT
    $plan AS plan,
    (SELECT count(*) FROM state.journal) AS noted,
    (SELECT bit_xor(hash(correction_id, after)) FROM adjusted) AS adjusted;
