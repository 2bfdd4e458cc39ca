-- user_traits rows of the trap people, a file of their own.
COPY (
    WITH told AS (
        SELECT unnest(from_json($rows, '[{
            "under": "VARCHAR", "trait": "VARCHAR", "value": "VARCHAR", "hours_ago": "DOUBLE",
            "loaded_hours_ago": "DOUBLE"
        }]'), recursive := TRUE)
    ), dated AS (
        SELECT *, date_trunc('second', $now::TIMESTAMP) - to_seconds(hours_ago * 3600) AS timestamp FROM told
    )
    SELECT
        under AS canonical_segment_id,
        trait AS name,
        value,
        seq_of(timestamp) AS seq,
        coalesce(timestamp + INTERVAL 2 SECOND, $now::TIMESTAMP - INTERVAL 21 HOUR) AS received_at,
        coalesce($now::TIMESTAMP - to_seconds(loaded_hours_ago * 3600), loaded_at(timestamp, $now::TIMESTAMP))
            AS uuid_ts,
        timestamp
    FROM dated
    ORDER BY canonical_segment_id, name, timestamp
) TO $file (FORMAT parquet);
