-- The user_ids that need a second look before an event of theirs is sent; all others are sent as they are. A person's
-- canonical user_id is the one that identity.keep names, and a suppressed id suppresses the person, whatever other ids the
-- person has. Ids that look like SHA-256 are listed because Currents can be set to hash them (facts/braze-currents §2.1):
-- those that Segment knows are real.
CREATE OR REPLACE TEMP TABLE forward_person AS
WITH
canonical AS (
    SELECT user_id.profile, user_id.user_id
    FROM user_id
    QUALIFY
        row_number() OVER (
            PARTITION BY user_id.profile
            ORDER BY
                {% include 'desired/keep_order.sql' %}
        ) = 1
),

suppressed AS (
    SELECT DISTINCT user_id.profile
    FROM user_id
    INNER JOIN suppression ON user_id.user_id = suppression.user_id
)

SELECT
    user_id.user_id,
    canonical.user_id AS canonical_id,
    suppressed.profile IS NOT NULL AS suppressed
FROM user_id
INNER JOIN canonical ON user_id.profile = canonical.profile
LEFT JOIN suppressed ON user_id.profile = suppressed.profile
WHERE
    user_id.user_id <> canonical.user_id
    OR suppressed.profile IS NOT NULL
    OR (strlen(user_id.user_id) = 64 AND regexp_full_match(user_id.user_id, '[0-9a-f]{64}'))
UNION ALL
SELECT DISTINCT
    suppression.user_id,
    suppression.user_id AS canonical_id,
    TRUE AS suppressed
FROM suppression
ANTI JOIN user_id ON suppression.user_id = user_id.user_id
WHERE suppression.user_id IS NOT NULL;
