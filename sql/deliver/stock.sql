-- Whether anything has been noted since stock was taken of this plan on this connection.
CREATE TEMP TABLE IF NOT EXISTS stock (plan VARCHAR, noted BIGINT, adjusted BIGINT);

SELECT count(*) = 0 AS outdated
FROM stock
WHERE
    plan = $plan
    AND noted = (SELECT count(*) FROM state.journal)
    AND adjusted = (SELECT count(*) FROM adjusted);
