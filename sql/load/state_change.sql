-- Changes of consent that Braze recorded, one row per event. Words as Braze's REST API writes them: lower case, with an
-- underscore (facts/braze-currents §8.1). Which texts `channel` may hold is listed nowhere, so they are recognised by what
-- they contain; a global change that names neither channel nor e-mail address is nobody's to judge, and not kept.
CREATE OR REPLACE TABLE state_change AS
SELECT
    nullif(external_user_id, '') AS external_id,
    nullif(coalesce(email_address, channel_identifier, phone_number), '') AS address,
    CASE
        WHEN subscription_group_id IS NOT NULL THEN lower(channel)
        WHEN contains(lower(channel), 'push') THEN 'push'
        WHEN contains(lower(channel), 'mail') THEN 'email'
        WHEN channel IS NULL AND contains(coalesce(email_address, channel_identifier, ''), '@') THEN 'email'
    END AS channel,
    subscription_group_id AS group_id,
    replace(lower(trim(subscription_status)), ' ', '_') AS status,
    lower(trim(state_change_source)) AS source,
    make_timestamptz(time * 1000000) AS happened_at
FROM state_change_event
WHERE
    time IS NOT NULL
    AND subscription_status IS NOT NULL
    AND (
        subscription_group_id IS NOT NULL
        OR contains(lower(channel), 'push')
        OR contains(lower(channel), 'mail')
        OR (channel IS NULL AND contains(coalesce(email_address, channel_identifier, ''), '@'))
    );
