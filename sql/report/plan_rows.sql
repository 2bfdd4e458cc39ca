-- The first corrections of each field, in delivery order, with what tells that two profiles are of one person.
WITH correction AS (
    SELECT
        *,
        CASE
            WHEN class IN ('merge', 'rename') THEN class || chr(31) || json_extract_string(before, '$')
            WHEN stage = 'identity' THEN class || chr(31) || external_id || chr(31) || json_extract_string(after, '$')
        END AS pair
    FROM read_parquet($corrections)
    QUALIFY row_number() OVER (PARTITION BY class, field ORDER BY external_id) <= $most
)

SELECT
    correction.stage,
    correction.class,
    correction.field,
    correction.external_id,
    correction.before,
    correction.after,
    correction.cause,
    correction.state,
    duplicate.evidence
FROM correction
LEFT JOIN (
    SELECT
        kind || chr(31) || CASE WHEN kind IN ('merge', 'rename') THEN other ELSE keep || chr(31) || other END AS pair,
        min(evidence) AS evidence
    FROM read_parquet($duplicate)
    WHERE kind IN ('merge', 'rename', 'alias', 'identify')
    GROUP BY ALL
) AS duplicate ON correction.pair = duplicate.pair
ORDER BY
    list_position(['suppress', 'identity', 'attributes', 'delete'], correction.stage),
    list_position(['alias', 'identify', 'rename', 'merge'], correction.class),
    correction.class,
    correction.field,
    correction.external_id;
