-- The trait names that Segment's data has.
SELECT DISTINCT name FROM user_traits WHERE name IS NOT NULL ORDER BY name;
