-- The columns of one Parquet file; fails where the file is not whole.
SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet($file));
