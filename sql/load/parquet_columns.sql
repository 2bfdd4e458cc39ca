-- The columns of one Parquet file and their types; fails where the file is not whole.
SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($file));
