-- A few drifted cells of each attribute, real corrections first.
SELECT attribute, external_id, desired, actual, cause, reason
FROM read_parquet($attribute)
QUALIFY
    row_number() OVER (
        PARTITION BY attribute
        ORDER BY cause IN ('format', 'in_flight'), cause, external_id
    ) <= 5
ORDER BY attribute, cause IN ('format', 'in_flight'), cause, external_id;
