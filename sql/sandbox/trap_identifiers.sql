-- user_identifiers rows of the trap people.
COPY (
    WITH told AS (
        SELECT unnest(from_json($rows, '[{
            "under": "VARCHAR", "type": "VARCHAR", "value": "VARCHAR", "hours_ago": "DOUBLE"
        }]'), recursive := TRUE)
    ), dated AS (
        SELECT *, date_trunc('second', $now::TIMESTAMP) - to_seconds(hours_ago * 3600) AS timestamp FROM told
    )
    SELECT
        under AS canonical_segment_id,
        type,
        value,
        seq_of(timestamp) AS seq,
        coalesce(timestamp + INTERVAL 2 SECOND, $now::TIMESTAMP - INTERVAL 21 HOUR) AS received_at,
        loaded_at(timestamp, $now::TIMESTAMP) AS uuid_ts,
        timestamp
    FROM dated
    ORDER BY canonical_segment_id, type, timestamp NULLS FIRST
) TO $file (FORMAT parquet);
