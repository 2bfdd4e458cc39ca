-- Segment's profile_merges (facts/segment §1.4): where each merged-away id went; a chain is left in its links.
COPY (
    WITH links AS (
        SELECT i, canonical_id AS canonical_segment_id, segment_id(key, 'b') AS segment_id, signed_up
        FROM people WHERE merges >= 1
        UNION ALL
        SELECT i, segment_id(key, 'b'), segment_id(key, 'c'), signed_up - INTERVAL 1 DAY FROM people WHERE merges = 2
    )
    SELECT
        canonical_segment_id,
        segment_id,
        seq_of(signed_up + INTERVAL 40 DAY) AS seq,
        signed_up + INTERVAL 40 DAY AS received_at,
        loaded_at(signed_up + INTERVAL 40 DAY, $now::TIMESTAMP) AS uuid_ts,
        signed_up + INTERVAL 40 DAY AS timestamp
    FROM links
    ORDER BY i, segment_id
) TO $file (FORMAT parquet);
