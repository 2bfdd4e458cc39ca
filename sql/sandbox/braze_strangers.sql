-- Braze profiles that Segment does not know, numbered from $first: orphans with an external_id, anonymous profiles of
-- the SDK, and profiles that have but an alias.
SELECT
    '{"braze_id":"' || left(md5('stranger' || key), 24) || '","external_id":'
    || CASE kind WHEN 'orphan' THEN '"legacy_' || i || '"' ELSE 'null' END
    || ',"user_aliases":['
    || CASE kind WHEN 'alias' THEN '{"alias_name":"crm-' || i || '","alias_label":"legacy_crm"}' ELSE '' END
    || '],"random_bucket":' || dice(key, 'bucket', 10000)
    || ',"created_at":"' || iso(date_trunc('second', $now::TIMESTAMP) - to_days(30 + dice(key, 'age', 900)))
    || '","fields":{"email_subscribe":"subscribed","push_subscribe":"subscribed"'
    || CASE kind WHEN 'anonymous' THEN '' ELSE ',"email":"stranger' || i || '@example.org","first_name":"Alex"' END
    || '},"custom_attributes":{'
    || CASE kind
        WHEN 'orphan' THEN '"plan_tier":"gold","loyalty_points":' || dice(key, 'points', 900)
        ELSE '"nps_score":7'
    END
    || '}}' AS profile
FROM (
    SELECT
        range AS i,
        hash($seed::BIGINT, 'stranger', range) AS key,
        CASE range % 4 WHEN 2 THEN 'anonymous' WHEN 3 THEN 'alias' ELSE 'orphan' END AS kind
    FROM range($first, $last)
)
ORDER BY i;
