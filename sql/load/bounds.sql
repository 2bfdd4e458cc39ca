-- The ids that divide the people into so many buckets of about one size, by a sample of them.
SELECT quantile_disc(sample.profile, list_transform(range(1, $buckets), lambda bucket: bucket / $buckets))
FROM (SELECT profile FROM person USING SAMPLE 100000 ROWS) AS sample;
