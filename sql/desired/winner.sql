-- Which profile a merged-away segment_id ended in. The newest pointer of each segment_id counts, a pointer without a
-- time is the oldest (facts/segment §1.6), and chains are followed to their end, for merges land out of order (§1.7).
-- A profile takes at most 100 merges (§7), so a chain that is longer runs in a circle; its least id then stands for all.
CREATE OR REPLACE TEMP TABLE winner AS
WITH RECURSIVE
moved AS (
    SELECT segment_id, canonical_segment_id
    FROM profile_merges
    WHERE segment_id IS NOT NULL AND canonical_segment_id IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY segment_id
            ORDER BY happened_at DESC NULLS LAST, seq DESC NULLS LAST, canonical_segment_id ASC
        ) = 1
),

chain AS (
    SELECT segment_id, canonical_segment_id AS profile, 1 AS hops
    FROM moved
    WHERE segment_id <> canonical_segment_id
    UNION ALL
    SELECT chain.segment_id, moved.canonical_segment_id AS profile, chain.hops + 1 AS hops
    FROM chain
    INNER JOIN moved ON chain.profile = moved.segment_id AND moved.segment_id <> moved.canonical_segment_id
    WHERE chain.hops < 250
)

SELECT
    segment_id,
    CASE WHEN max(hops) < 250 THEN arg_max(profile, hops) ELSE min(profile) FILTER (WHERE hops > 125) END AS profile
FROM chain
GROUP BY segment_id
HAVING segment_id <> CASE WHEN max(hops) < 250 THEN arg_max(profile, hops) ELSE min(profile) FILTER (WHERE hops > 125) END;
