-- Who was merged into whom, and how many rows the wide table has: the first is written, the second is the answer.
COPY (
    SELECT
        CAST(merged_to AS VARCHAR) AS canonical_segment_id,
        CAST(canonical_segment_id AS VARCHAR) AS segment_id
    FROM read_parquet($file)
    WHERE CAST(merged_to AS VARCHAR) <> ''
) TO $target (FORMAT parquet, COMPRESSION lz4_raw);

SELECT count(*) FROM read_parquet($file);
