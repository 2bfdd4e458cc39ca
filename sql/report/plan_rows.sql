-- The plan's corrections in delivery order, as far as people read.
SELECT stage, class, external_id, field, before, after, cause, state
FROM read_parquet($corrections)
ORDER BY stage, external_id, field
LIMIT $most;
