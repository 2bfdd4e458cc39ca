-- Every Braze profile of a suppressed person, to be deleted after everything else.
INSERT INTO correction
SELECT
    md5(concat_ws(chr(31), 'delete', 'delete', actual.external_id)) AS correction_id,
    'delete' AS stage,
    'delete' AS class,
    actual.external_id,
    'profile' AS field,
    CAST(to_json(actual.external_id) AS VARCHAR) AS before,
    'null' AS after,
    'suppressed' AS cause,
    0 AS data_points,
    FALSE AS merges,
    'planned' AS state
FROM actual
INNER JOIN suppressed_id ON actual.external_id = suppressed_id.external_id;
