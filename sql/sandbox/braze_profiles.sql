-- The bucket's people as Braze holds them: one JSON document each, as recon.sandbox.store takes them; the members of
-- `fields` and `custom_attributes` in no fixed order.
WITH held AS (
    SELECT
        i,
        string_agg('"' || attribute || '":' || actual, ',') FILTER (place_in_braze = 'fields') AS fields,
        string_agg('"' || attribute || '":' || actual, ',') FILTER (place_in_braze = 'custom') AS attributes
    FROM cells
    WHERE actual IS NOT NULL AND role IN ('known', 'suppressed')
    GROUP BY i
)

SELECT
    '{"braze_id":"' || left(md5('braze' || key), 24)
    || '","external_id":"' || user_id
    || '","user_aliases":['
    || CASE
        WHEN duplicate IN ('alias', 'identify') THEN ''
        ELSE '{"alias_name":"' || anonymous_id || '","alias_label":"segment_anonymous_id"}'
    END || ']'
    || ',"random_bucket":' || dice(key, 'bucket', 10000)
    || ',"created_at":"' || iso(signed_up + INTERVAL 3 MINUTE)
    || '","fields":{"email_subscribe":"' || pick(['subscribed', 'subscribed', 'opted_in'], dice(key, 'consent', 3))
    || '","push_subscribe":"subscribed"' || coalesce(',' || fields, '')
    -- What Braze knows and the mapping does not; "Email" is a custom attribute, not the field.
    || '},"custom_attributes":{"favorite_color":"' || colour
    || '","nps_score":' || dice(key, 'nps', 11)
    || CASE WHEN dice(key, 'typo', 50) = 0 THEN ',"Email":"someone@example.com"' ELSE '' END
    || coalesce(',' || attributes, '')
    || '},"time_attributes":["signup_time","last_order_at"]}' AS profile
FROM held
INNER JOIN people USING (i)
ORDER BY i;
