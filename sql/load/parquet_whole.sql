-- Reads every value of one Parquet file; fails where a page of it is damaged.
SELECT count(hash(whole)) FROM read_parquet($file) AS whole;
