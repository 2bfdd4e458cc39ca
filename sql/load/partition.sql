-- Both sides, once, into files by bucket, so that each bucket's share can be worked on in bounded memory. A person's rows
-- lie in one bucket, whatever ids they lie under; what is not compared (no profile in Braze, suppressed) is left out.
-- `hash` is DuckDB's own and may change between versions: its buckets serve this one step of this one run.
COPY (
    SELECT
        user_traits.*,
        hash(coalesce(winner.profile, user_traits.canonical_segment_id)) % $buckets AS bucket
    FROM user_traits
    LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
    WHERE
        user_traits.canonical_segment_id IS NOT NULL
        AND user_traits.name IN ({% for trait in traits %}{{ trait.name }}{% if not loop.last %}, {% endif %}{% endfor %})
) TO {{ traits_folder }} (FORMAT parquet, PARTITION_BY (bucket), COMPRESSION lz4_raw);
COPY (
    SELECT
        actual.*,
        hash(person.profile) % $buckets AS bucket
    FROM actual
    INNER JOIN person ON actual.external_id = person.external_id
    WHERE person.alive AND NOT person.suppressed
) TO {{ actual_folder }} (FORMAT parquet, PARTITION_BY (bucket), COMPRESSION lz4_raw);
