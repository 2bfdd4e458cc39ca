-- The trait names that Segment's data has, in rows or, in the wide form, as columns.
SELECT name FROM user_traits WHERE name IS NOT NULL
UNION
SELECT name FROM trait_column
ORDER BY name;
