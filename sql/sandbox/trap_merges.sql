-- profile_merges rows of the trap people; all of last night.
COPY (
    WITH told AS (
        SELECT unnest(from_json($rows, '[{"winner": "VARCHAR", "loser": "VARCHAR"}]'), recursive := TRUE)
    ), dated AS (
        SELECT *, date_trunc('second', $now::TIMESTAMP) - INTERVAL 20 HOUR AS timestamp FROM told
    )
    SELECT
        winner AS canonical_segment_id,
        loser AS segment_id,
        seq_of(timestamp) AS seq,
        timestamp + INTERVAL 2 SECOND AS received_at,
        loaded_at(timestamp, $now::TIMESTAMP) AS uuid_ts,
        timestamp
    FROM dated
    ORDER BY winner, loser
) TO $file (FORMAT parquet);
