-- What Braze took of one class, and may not have applied yet.
SELECT count(*) AS taken FROM result WHERE class = $class AND state IN ('accepted', 'unknown');
