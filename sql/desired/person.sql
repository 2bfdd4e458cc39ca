-- One row per canonical profile: which external id stands for it in Braze, and where it is.
-- Of several user_ids the one to keep comes first (identity.keep); one that is alive in Braze goes before one that is not.
CREATE OR REPLACE TABLE person AS
WITH
profile AS (
    SELECT DISTINCT coalesce(winner.profile, mentioned.id) AS profile
    FROM (
        SELECT DISTINCT canonical_segment_id AS id FROM user_traits
        UNION ALL
        SELECT canonical_segment_id AS id FROM user_identifiers
        UNION ALL
        SELECT canonical_segment_id AS id FROM profile_merges
    ) AS mentioned
    LEFT JOIN winner ON mentioned.id = winner.segment_id
    WHERE mentioned.id IS NOT NULL
),

kept AS (
    SELECT
        user_id.profile,
        user_id.user_id AS external_id,
        actual.external_id IS NOT NULL AS alive
    FROM user_id
    LEFT JOIN actual ON user_id.user_id = actual.external_id
    QUALIFY
        row_number() OVER (
            PARTITION BY user_id.profile
            ORDER BY
                alive DESC,
                {% include 'desired/keep_order.sql' %}
        ) = 1
),

-- A suppressed id suppresses the person, whatever other ids the person has.
suppressed AS (
    SELECT DISTINCT user_id.profile
    FROM user_id
    INNER JOIN suppression ON user_id.user_id = suppression.user_id
)

SELECT
    profile.profile,
    kept.external_id,
    coalesce(kept.alive, FALSE) AS alive,
    suppressed.profile IS NOT NULL AS suppressed
FROM profile
LEFT JOIN kept ON profile.profile = kept.profile
LEFT JOIN suppressed ON profile.profile = suppressed.profile;
