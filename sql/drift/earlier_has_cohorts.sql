-- Whether the earlier run compared cohorts: one by an older recon did not.
SELECT count(*) FROM duckdb_tables() WHERE database_name = 'earlier' AND table_name = 'cohort_drift';
