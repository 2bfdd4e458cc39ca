-- Bytes of memory that the database holds.
SELECT CAST(sum(memory_usage_bytes) AS BIGINT) AS held FROM duckdb_memory();
