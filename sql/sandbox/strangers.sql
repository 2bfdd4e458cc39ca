-- Braze profiles that Segment does not know, numbered from $first: orphans with an external_id, anonymous profiles of
-- the SDK, and profiles that have but an alias. Of some orphans Segment knows nothing any more but that they are
-- suppressed.
CREATE OR REPLACE TEMP TABLE strangers AS
WITH drawn AS (
    SELECT range AS i, hash($seed::BIGINT, 'stranger', range) AS key FROM range($first, $last)
)

SELECT
    i, key,
    CASE i % 4 WHEN 2 THEN 'anonymous' WHEN 3 THEN 'alias' ELSE 'orphan' END AS kind,
    kind = 'orphan' AND dice(key, 'forgotten', 10) = 0 AS forgotten,
    pick(['subscribed', 'subscribed', 'opted_in', 'unsubscribed'], dice(key, 'email state', 4)) AS email_state,
    pick(['subscribed', 'subscribed', 'opted_in', 'unsubscribed'], dice(key, 'push state', 4)) AS push_state,
    pick(['unknown', 'subscribed', 'unsubscribed'], dice(key, 'digest state', 3)) AS digest_state
FROM drawn;
