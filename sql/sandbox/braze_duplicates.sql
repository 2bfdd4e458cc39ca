-- The bucket's further Braze profiles of known people: twins under a second external id, and profiles that have but the
-- alias of the newest anonymous id.
SELECT
    '{"braze_id":"' || left(md5('duplicate' || key), 24)
    || '","external_id":' || CASE duplicate WHEN 'merge' THEN '"' || second_user_id || '"' ELSE 'null' END
    || ',"user_aliases":['
    || CASE duplicate
        WHEN 'identify'
            THEN
                '{"alias_name":"' || coalesce(second_anonymous_id, anonymous_id)
                || '","alias_label":"segment_anonymous_id"}'
        ELSE ''
    END
    || '],"random_bucket":' || dice(key, 'duplicate bucket', 10000)
    || ',"created_at":"' || iso(signed_up + INTERVAL 30 DAY)
    || '","fields":{"email_subscribe":"subscribed","push_subscribe":"subscribed"'
    || CASE duplicate WHEN 'merge' THEN ',"first_name":"' || former_first_name || '"' ELSE '' END
    || '},"custom_attributes":{"nps_score":' || dice(key, 'duplicate nps', 11) || '}}' AS profile
FROM people
WHERE duplicate IN ('merge', 'identify')
ORDER BY i;
