-- How many corrections of each class a delivery has held back.
SELECT
    class,
    count(*) AS corrections
FROM read_parquet($results)
WHERE state = 'withheld'
GROUP BY class
ORDER BY class;
