-- Of what the calls state the newest of each person and trait, and only where it is newer than every row of Segment's tables
-- about the two; two of one time are both kept, as two rows of the table would be. A table without times is as old as
-- $known_until. Calls of people whom Segment's tables do not know are left out.
COPY (
    WITH
    candidate AS (
        SELECT DISTINCT
            user_id.profile,
            stated_trait.name,
            stated_trait.value,
            stated_trait.happened_at
        FROM stated_trait
        INNER JOIN user_id ON stated_trait.user_id = user_id.user_id
        WHERE stated_trait.happened_at > coalesce($known_until, CAST('-infinity' AS TIMESTAMPTZ))
        QUALIFY
            rank() OVER (PARTITION BY user_id.profile, stated_trait.name ORDER BY stated_trait.happened_at DESC) = 1
    ),

    known AS (
        SELECT
            coalesce(winner.profile, user_traits.canonical_segment_id) AS profile,
            user_traits.name,
            max(user_traits.happened_at) AS newest_at
        FROM user_traits
        LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
        WHERE
            user_traits.name IN (SELECT candidate.name FROM candidate)
            AND coalesce(winner.profile, user_traits.canonical_segment_id) IN (SELECT candidate.profile FROM candidate)
        GROUP BY ALL
    )

    SELECT
        candidate.profile AS canonical_segment_id,
        candidate.name,
        candidate.value,
        CAST(NULL AS VARCHAR) AS seq,
        candidate.happened_at AS timestamp
    FROM candidate
    LEFT JOIN known ON candidate.profile = known.profile AND candidate.name = known.name
    WHERE candidate.happened_at > coalesce(known.newest_at, CAST('-infinity' AS TIMESTAMPTZ))
) TO $target (FORMAT parquet, COMPRESSION lz4_raw);

SELECT count(*) FROM read_parquet($target);
