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
),

-- Of an array, the keys of the audiences among values of somebody else; who is no member has false, or nothing.
cohort_attributes AS (
    SELECT
        i,
        attribute,
        CASE
            WHEN NOT any_value(is_array)
                THEN CASE WHEN bool_or(in_braze) THEN 'true' WHEN dice(any_value(key), attribute || ' false', 3) = 0 THEN 'false' END
            WHEN bool_or(in_braze) OR dice(any_value(key), attribute || ' array', 4) = 0
                THEN to_json(list_concat(
                    CASE WHEN dice(any_value(key), attribute || ' crm', 3) = 0 THEN ['crm_import'] ELSE [] END,
                    coalesce(list(audience ORDER BY dice(key, audience || ' place', 100)) FILTER (in_braze), []),
                    CASE WHEN dice(any_value(key), attribute || ' beta', 5) = 0 THEN ['beta_testers'] ELSE [] END
                ))::VARCHAR
        END AS actual
    FROM memberships
    WHERE role IN ('known', 'suppressed') AND group_id IS NULL
    GROUP BY i, attribute
),

cohorts_held AS (
    SELECT i, string_agg(',"' || attribute || '":' || actual, '') AS attributes FROM cohort_attributes GROUP BY i
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
    || '","fields":{"email_subscribe":"' || consents_held.email
    || '","push_subscribe":"' || consents_held.push || '"' || coalesce(',' || fields, '')
    -- What Braze knows and the mapping does not; "Email" is a custom attribute, not the field.
    || '},"custom_attributes":{"favorite_color":"' || colour
    || '","nps_score":' || dice(key, 'nps', 11)
    || CASE WHEN dice(key, 'typo', 50) = 0 THEN ',"Email":"someone@example.com"' ELSE '' END
    || coalesce(',' || held.attributes, '') || coalesce(cohorts_held.attributes, '')
    || '},"time_attributes":["signup_time","last_order_at"],"groups":{' || consents_held.groups || '}}' AS profile
FROM held
INNER JOIN people USING (i)
INNER JOIN consents_held USING (i)
LEFT JOIN cohorts_held USING (i)
ORDER BY i;
