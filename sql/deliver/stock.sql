-- Whether anything has been noted, or a merge has changed what is to be written, since stock was taken of this plan on this
-- connection.
CREATE TEMP TABLE IF NOT EXISTS stock (plan VARCHAR, noted BIGINT, adjusted UBIGINT);

SELECT count(*) = 0 AS outdated
FROM stock
WHERE
    plan = $plan
    AND noted = (SELECT count(*) FROM state.journal)
    AND adjusted IS NOT DISTINCT FROM (SELECT bit_xor(hash(correction_id, after)) FROM adjusted);
