-- Segment's user_traits, narrow form, exactly the columns of facts/segment §1.4. Rows of a merged person may still lie
-- under the id that was merged away, and beside the value that counts an older one may lie under another id.
COPY (
    WITH stated AS (
        SELECT
            *,
            CASE
                WHEN merges >= 1 AND dice(key, attribute || ' lies', 3) = 0 THEN segment_id(key, 'b')
                WHEN merges = 2 AND dice(key, attribute || ' lies', 3) = 1 THEN segment_id(key, 'c')
                ELSE canonical_id
            END AS under
        FROM cells
        WHERE in_segment
    ), rows_of_traits AS (
        SELECT i, under AS canonical_segment_id, trait AS name, source AS value, changed_at AS timestamp FROM stated
        UNION ALL
        -- Beaten: older than the value that counts, or without a time, which is oldest.
        SELECT
            i, CASE under WHEN canonical_id THEN segment_id(key, 'b') ELSE canonical_id END, trait, former,
            CASE
                WHEN dice(key, attribute || ' beaten', 3) > 0
                    THEN changed_at - to_days(1 + dice(key, attribute || ' beaten by', 30))
            END
        FROM stated
        WHERE merges > 0 AND NOT backfilled AND former IS NOT NULL AND dice(key, attribute || ' twice', 3) = 0
        UNION ALL
        -- Audiences, which may lie under a merged-away id as well.
        SELECT
            i,
            CASE WHEN merges >= 1 AND dice(key, audience || ' lies', 3) = 0 THEN segment_id(key, 'b') ELSE canonical_id END,
            audience, source, changed_at
        FROM memberships
        WHERE in_segment
        UNION ALL
        -- What people consent to. A merged person may have said the opposite before: earlier, or, of an opt-in, nobody knows
        -- when. An opt-out that nobody knows the time of may be the newer one, and would stand.
        SELECT
            i,
            CASE WHEN merges >= 1 AND dice(key, trait || ' lies', 3) = 0 THEN segment_id(key, 'b') ELSE canonical_id END,
            trait, source, stated_at
        FROM consents
        WHERE in_segment
        UNION ALL
        SELECT
            i,
            CASE WHEN dice(key, trait || ' lies', 3) = 0 THEN canonical_id ELSE segment_id(key, 'b') END,
            trait,
            CASE stated WHEN 'out' THEN 'true' ELSE 'false' END,
            CASE
                WHEN stated IS DISTINCT FROM 'out' OR dice(key, trait || ' beaten', 3) > 0
                    THEN stated_at - to_days(1 + dice(key, trait || ' beaten by', 30))
            END
        FROM consents
        WHERE merges > 0 AND in_segment AND stated_at IS NOT NULL AND dice(key, trait || ' twice', 2) = 0
        UNION ALL
        -- Traits that no attribute is made of.
        SELECT i, canonical_id, other.name, other.value, ordered
        FROM people, unnest([
            {name: 'avatar', value: 'https://example.com/a/' || i || '.png', share: 70},
            {name: 'utm_source', value: campaign, share: 60},
            {name: 'age', value: (year($now::TIMESTAMP) - year(birthday))::VARCHAR, share: 60},
            {name: 'last_seen_at', value: iso(ordered), share: 90}
        ]) AS u (other)
        WHERE dice(key, other.name || ' other', 100) < other.share
    )
    SELECT
        canonical_segment_id,
        name,
        value,
        seq_of(timestamp) AS seq,
        coalesce(timestamp + INTERVAL 2 SECOND, $now::TIMESTAMP - INTERVAL 21 HOUR) AS received_at,
        loaded_at(timestamp, $now::TIMESTAMP) AS uuid_ts,
        timestamp
    FROM rows_of_traits
    ORDER BY i, name, timestamp
) TO $file (FORMAT parquet);
