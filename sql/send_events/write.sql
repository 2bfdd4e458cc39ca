-- What was not sent, to be read without recon.
COPY (
    SELECT * FROM not_sent ORDER BY state, reason, happened_at, message_id, file, line
) TO $path (FORMAT parquet, COMPRESSION zstd);
