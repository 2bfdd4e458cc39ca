-- Measures of the identity graph. Needs `winner`. `largest` is the number of identifiers of the profile that has most of
-- them, out of `identifiers`. A merge chain ends in a profile that was not merged away itself; one that does not runs in a
-- circle, and each circle is counted once (sql/desired/winner.sql lets its least id stand for all).
WITH
size AS (
    SELECT count(*) AS identifiers
    FROM user_identifiers
    WHERE coalesce(canonical_segment_id, '') <> ''
    GROUP BY canonical_segment_id
),

moved AS (
    SELECT segment_id, canonical_segment_id
    FROM profile_merges
    WHERE segment_id IN (SELECT profile FROM winner) AND canonical_segment_id IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY segment_id
            ORDER BY happened_at DESC NULLS LAST, seq DESC NULLS LAST, canonical_segment_id ASC
        ) = 1
)

SELECT
    (SELECT CAST(coalesce(sum(identifiers), 0) AS BIGINT) FROM size) AS identifiers,
    (SELECT coalesce(max(identifiers), 0) FROM size) AS largest,
    (SELECT count(*) FROM moved WHERE segment_id <> canonical_segment_id) AS circles;
