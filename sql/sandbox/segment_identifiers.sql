-- Segment's user_identifiers (facts/segment §1.4). A merged person's user_id may still lie under the id merged away.
COPY (
    WITH under_ids AS (
        SELECT
            i,
            CASE WHEN merges > 0 AND dice(key, 'id lies', 2) = 0 THEN segment_id(key, 'b') ELSE canonical_id END
                AS under,
            'user_id' AS type, user_id AS value, CASE WHEN NOT backfilled THEN signed_up END AS timestamp
        FROM people WHERE role <> 'anonymous'
        UNION ALL
        SELECT
            i,
            CASE WHEN merges > 0 AND dice(key, 'second id lies', 2) = 0 THEN segment_id(key, 'b') ELSE canonical_id END,
            'user_id', second_user_id, signed_up + INTERVAL 30 DAY
        FROM people WHERE role <> 'anonymous' AND second_user_id IS NOT NULL
        UNION ALL
        SELECT i, canonical_id, 'user_id', older_user_id, signed_up - INTERVAL 20 DAY
        FROM people WHERE duplicate = 'rename'
        UNION ALL
        SELECT i, canonical_id, 'anonymous_id', anonymous_id, signed_up - INTERVAL 1 MINUTE FROM people
        UNION ALL
        SELECT
            i,
            CASE WHEN merges > 0 AND dice(key, 'device lies', 2) = 0 THEN segment_id(key, 'b') ELSE canonical_id END,
            'anonymous_id', second_anonymous_id, signed_up + INTERVAL 10 DAY
        FROM people WHERE second_anonymous_id IS NOT NULL
        UNION ALL
        SELECT
            i, canonical_id, 'email', email,
            date_trunc('second', $now::TIMESTAMP) - INTERVAL 1 HOUR - to_seconds(dice(key, 'email seen', 2592000))
        FROM people WHERE role <> 'anonymous'
    )
    SELECT
        under AS canonical_segment_id,
        type,
        value,
        seq_of(timestamp) AS seq,
        coalesce(timestamp + INTERVAL 2 SECOND, $now::TIMESTAMP - INTERVAL 21 HOUR) AS received_at,
        loaded_at(timestamp, $now::TIMESTAMP) AS uuid_ts,
        timestamp
    FROM under_ids
    ORDER BY i, type, timestamp NULLS FIRST
) TO $file (FORMAT parquet);
