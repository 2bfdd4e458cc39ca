-- What Currents tells of the bucket's consents (facts/braze-currents §8.1), gathered for recon/sandbox/seed/currents.py.
INSERT INTO changes
WITH told AS (
    SELECT
        *,
        unnest(consents.told) AS change,
        generate_subscripts(consents.told, 1) AS nth,
        hash(unit_key, trait || ' change') AS dies
    FROM consents
    WHERE speaks AND role IN ('known', 'suppressed')
),

written AS (
    SELECT
        *,
        happened + to_seconds(round(change.hours * 3600 * jitter)::BIGINT) AS happened_at,
        CASE channel WHEN 'email' THEN mail WHEN 'sms' THEN phone END AS address,
        -- Who has no profile of their own to name is named by the address, and what is meant for all of an address, by
        -- that too.
        CASE WHEN address IS NULL OR NOT change.addressed OR dice(dies, nth || ' named', 10) > 0 THEN user_id END AS named,
        CASE
            WHEN change.addressed AND (named IS NULL OR is_joint OR echo OR dice(dies, nth || ' addressed', 10) > 0)
                THEN address
        END AS told_address,
        -- An address may come as somebody typed it …
        CASE
            WHEN channel = 'email' AND dice(dies, nth || ' typed', 8) = 0 THEN upper(told_address[1]) || told_address[2:]
            ELSE told_address
        END AS typed_address,
        -- … and, since Braze has such a column, only as the identifier on its channel.
        happened_at > $now::TIMESTAMP - INTERVAL 39 DAY AND channel = 'email' AND dice(dies, nth || ' identifier', 6) = 0
            AS identifier_only
    FROM told
)

SELECT
    md5('change' || key || trait || nth) AS id,
    happened_at,
    left(md5('braze' || key), 24) AS user_id,
    named AS external_user_id,
    channel,
    group_id,
    CASE WHEN NOT identifier_only THEN typed_address END AS address,
    CASE WHEN identifier_only OR dice(dies, nth || ' identified', 2) = 0 THEN typed_address END AS identifier,
    -- Old rows have no channel; only an address then tells which it is.
    CASE
        WHEN NOT change.addressed THEN NULL
        WHEN channel = 'email' AND told_address IS NOT NULL AND dice(dies, nth || ' channel', 6) = 0 THEN NULL
        ELSE channel
    END AS told_channel,
    CASE WHEN change.status = 'Subscribed' AND state = 'opted_in' THEN 'Opted In' ELSE change.status END AS status,
    CASE
        WHEN change.by = 'person'
            THEN pick(
                [
                    'Preference Center', 'Subscription Page', 'Inbound Message', 'SDK', 'preference center',
                    'SUBSCRIPTION PAGE'
                ], dice(dies, nth || ' source', 600)
            )
        ELSE
            pick(
                [
                    'REST API', 'Dashboard', 'CSV Import', 'CSV import', 'User Merge', 'Migration',
                    'Canvas User Update Step', 'Push Token Registration', 'Other', NULL
                ], dice(dies, nth || ' source', 600)
            )
    END AS source
FROM written;
