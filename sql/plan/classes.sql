-- Each class of corrections: how many, of how many profiles, at what price.
SELECT
    class,
    count(*) AS corrections,
    count(DISTINCT external_id) AS profiles,
    sum(data_points) AS data_points
FROM correction
GROUP BY class
ORDER BY class;
