-- A stream of Arrow batches into a Parquet file.
COPY (SELECT * FROM stream) TO $target (FORMAT parquet, COMPRESSION lz4_raw);
