-- Calls without a user id whose anonymous id Segment's identity graph knows get a user id of its person. Only where there is
-- no doubt: not where the graph names two persons, nor where a call in the same files bears the same anonymous id and
-- somebody else's user id, for such a device is shared, and the files are newer than the graph.
CREATE OR REPLACE TEMP TABLE recognised AS
WITH
asked AS (
    SELECT DISTINCT anonymous_id
    FROM {{ calls }}
    WHERE coalesce(user_id, '') = '' AND anonymous_id <> ''
),

claim AS (
    SELECT
        identifier.value AS anonymous_id,
        coalesce(winner.profile, identifier.canonical_segment_id) AS profile,
        TRUE AS in_graph
    FROM user_identifiers AS identifier
    SEMI JOIN asked ON identifier.value = asked.anonymous_id
    LEFT JOIN winner ON identifier.canonical_segment_id = winner.segment_id
    WHERE identifier.type = 'anonymous_id' AND identifier.canonical_segment_id IS NOT NULL
    UNION ALL
    SELECT
        pair.anonymous_id,
        coalesce(user_id.profile, pair.user_id) AS profile,
        FALSE AS in_graph
    FROM {{ pairs }} AS pair
    SEMI JOIN asked ON pair.anonymous_id = asked.anonymous_id
    LEFT JOIN user_id ON pair.user_id = user_id.user_id
    WHERE pair.user_id <> ''
),

owner AS (
    SELECT anonymous_id, min(profile) AS profile
    FROM claim
    GROUP BY anonymous_id
    HAVING min(profile) = max(profile) AND bool_or(in_graph)
)

SELECT owner.anonymous_id, min(user_id.user_id) AS user_id
FROM owner
INNER JOIN user_id ON owner.profile = user_id.profile
GROUP BY owner.anonymous_id;

UPDATE {{ calls }} AS call
SET user_id = recognised.user_id
FROM recognised
WHERE call.anonymous_id = recognised.anonymous_id AND coalesce(call.user_id, '') = '';
