-- The calls of one file that state traits: Identify, and what Engage says of audiences (facts/segment §4.2). `members` is the
-- object in which the traits are; `fault` says why a call cannot be used. Time as in sql/send_events/call.sql.
CREATE OR REPLACE TEMP TABLE trait_call AS
SELECT
    text[2] AS message_id,
    text[3] AS user_id,
    text[8] AS anonymous_id,
    members,
    audience_key,
    text[4] = 'Audience Entered' AS entered,
    happened_at,
    CASE
        WHEN happened_at IS NULL THEN 'its timestamp is missing or no time'
        WHEN coalesce(json_type(members), 'NULL') NOT IN ('OBJECT', 'NULL') THEN 'its traits or properties are no object'
        WHEN text[1] = 'track' AND coalesce(audience_key, '') = '' THEN 'it names no audience_key'
        WHEN
            text[1] = 'track'
            AND coalesce(json_type(pointed(members, audience_key)), 'NULL') NOT IN ('BOOLEAN', 'NULL')
            THEN 'its membership is neither true nor false'
    END AS fault
FROM (
    SELECT
        text,
        CASE WHEN text[1] = 'identify' THEN json_extract(json, '/traits') ELSE json_extract(json, '/properties') END AS members,
        CASE WHEN text[1] = 'track' THEN text[7] END AS audience_key,
        CASE
            WHEN isfinite(TRY_CAST(text[5] AS TIMESTAMPTZ))
                THEN least(TRY_CAST(text[5] AS TIMESTAMPTZ), coalesce(TRY_CAST(text[6] AS TIMESTAMPTZ), now()))
        END AS happened_at
    FROM (
        SELECT
            json,
            json_extract_string(json, [
                '/type', '/messageId', '/userId', '/event', '/timestamp', '/receivedAt', '/properties/audience_key', '/anonymousId'
            ]) AS text
        FROM read_ndjson_objects($file)
    ) AS line
    WHERE text[1] = 'identify' OR (text[1] = 'track' AND text[4] IN ('Audience Entered', 'Audience Exited'))
) AS call
WHERE coalesce(text[3], '') <> '' OR coalesce(text[8], '') <> '';

INSERT INTO stated_together
SELECT DISTINCT user_id, anonymous_id
FROM trait_call
WHERE user_id <> '' AND anonymous_id <> '';

INSERT INTO stated_trait
SELECT
    stated.user_id,
    stated.anonymous_id,
    stated.name,
    json_extract_string(pointed(stated.members, stated.name), '$') AS value,
    stated.happened_at
FROM (
    SELECT user_id, anonymous_id, members, happened_at, unnest(list_distinct(json_keys(members))) AS name
    FROM trait_call
    WHERE fault IS NULL AND audience_key IS NULL AND json_type(members) = 'OBJECT'
) AS stated
SEMI JOIN wanted_trait ON stated.name = wanted_trait.name
UNION ALL
SELECT
    trait_call.user_id,
    trait_call.anonymous_id,
    trait_call.audience_key AS name,
    CAST(coalesce(TRY_CAST(pointed(trait_call.members, trait_call.audience_key) AS BOOLEAN), trait_call.entered) AS VARCHAR) AS value,
    trait_call.happened_at
FROM trait_call
SEMI JOIN wanted_trait ON trait_call.audience_key = wanted_trait.name
WHERE trait_call.fault IS NULL;

SELECT fault, message_id
FROM trait_call
WHERE fault IS NOT NULL;
