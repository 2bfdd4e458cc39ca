-- How many profiles each stage of the plan is about.
SELECT
    stage,
    count(*) FILTER (WHERE state <> 'quarantined') AS corrections,
    count(DISTINCT external_id) AS profiles
FROM read_parquet($corrections)
GROUP BY stage
ORDER BY list_position(['suppress', 'identity', 'attributes', 'delete'], stage);
