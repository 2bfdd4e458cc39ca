-- The Track calls of one file. A call happened when its `timestamp` says, but not after Segment received it: Braze would
-- write the time of its own arrival over one in the future (facts/braze-rest-api §2.6), and then it could not be told
-- apart. Braze keeps milliseconds.
-- `for_braze`: Segment's own switch for destinations (facts/segment §3.5), and no echo of Braze's own engagement (§10.14).
INSERT INTO track_call
SELECT
    call.text[2] AS message_id,
    md5_number(call.text[2]) AS event_id,
    call.text[3] AS user_id,
    call.text[12] AS anonymous_id,
    call.text[4] AS event,
    CASE
        WHEN isfinite(call.happened_at)
            THEN date_trunc('milliseconds', least(call.happened_at, coalesce(TRY_CAST(call.text[6] AS TIMESTAMPTZ), now())))
    END AS happened_at,
    call.properties,
    call.text[7] IS NULL
    AND coalesce(call.text[8] <> 'false', TRUE)
    AND coalesce(call.text[9] <> 'false', TRUE)
    AND coalesce(call.text[10] <> 'false', TRUE)
    AND (coalesce(call.text[11] <> 'false', TRUE) OR coalesce(call.text[8], call.text[9], call.text[10]) IS NOT NULL) AS for_braze,
    $name AS file
FROM (
    SELECT
        *,
        TRY_CAST(text[5] AS TIMESTAMPTZ) AS happened_at
    FROM (
        SELECT
            json_extract_string(json, [
                '/type', '/messageId', '/userId', '/event', '/timestamp', '/receivedAt', '/properties/currents_event_type',
                '/integrations/Braze Cloud Mode (Actions)', '/integrations/Appboy', '/integrations/Braze', '/integrations/All',
                '/anonymousId'
            ]) AS text,
            json_extract(json, '/properties') AS properties
        FROM read_ndjson_objects($file)
    ) AS line
) AS call
WHERE call.text[1] = 'track';
