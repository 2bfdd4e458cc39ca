-- The addresses that a night's opt-outs are about, to be made pseudonyms of.
SELECT DISTINCT address
FROM read_parquet($opted_out)
WHERE address IS NOT NULL;
