-- Each class of corrections that recon would send: how many, of how many profiles, at what price.
SELECT
    class,
    count(*) AS corrections,
    count(DISTINCT external_id) AS profiles,
    sum(data_points) AS data_points
FROM correction
WHERE state <> 'quarantined'
GROUP BY class
ORDER BY class;
