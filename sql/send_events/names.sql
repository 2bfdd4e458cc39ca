-- The names that events have in Segment.
SELECT DISTINCT event FROM track_call WHERE event <> '' ORDER BY event;
