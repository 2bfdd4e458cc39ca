-- Duplicates into corrections; what is only suspected is for people. The profile of a correction is the one that is in
-- Braze now: of a merge the one that goes, of a rename the one that gets the other id. No data points are billed for ids
-- and aliases (facts/braze-rest-api §2.9).
INSERT INTO correction
SELECT
    md5(concat_ws(chr(31), 'identity', made.class, made.external_id, made.field, made.after, coalesce(made.before, ''))) AS correction_id,
    'identity' AS stage,
    made.class,
    made.external_id,
    made.field,
    made.before,
    made.after,
    made.cause,
    0 AS data_points,
    FALSE AS merges,
    'planned' AS state
FROM (
    SELECT
        kind AS class,
        CASE WHEN kind IN ('merge', 'rename') THEN other ELSE keep END AS external_id,
        CASE WHEN kind IN ('merge', 'rename') THEN kind ELSE concat(kind, ':', label) END AS field,
        CASE WHEN kind IN ('merge', 'rename') THEN CAST(to_json(other) AS VARCHAR) END AS before,
        CAST(to_json(CASE WHEN kind IN ('merge', 'rename') THEN keep ELSE other END) AS VARCHAR) AS after,
        CASE kind
            WHEN 'merge' THEN 'same_person'
            WHEN 'rename' THEN 'merged_away_id'
            WHEN 'identify' THEN 'known_alias'
            ELSE 'missing_alias'
        END AS cause
    FROM duplicate_drift
    WHERE kind IN ('alias', 'identify', 'rename') OR (kind = 'merge' AND $merge)
) AS made;
