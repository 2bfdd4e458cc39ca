-- Judges some events of one type (`currents_event`). `fate` is NULL for what goes on, else filtered or quarantined, with
-- the reason. The key is the MD5 of workspace, type and id, so it is the same for ever; two events that differ in nothing
-- else are one. `canonical_id` is the user_id to send in the place of the event's own, where there is another.
INSERT INTO event
SELECT
    "recon.place" AS place,
    "recon.file" AS file,
    "recon.line" AS line,
    md5_number(concat_ws(chr(10), $workspace, $event_type, id)) AS key,
    -- A time that no calendar has counts as the first or the last day.
    DATE '1970-01-01' + CAST(greatest(least(time // 86400, 2932896), 0) AS INTEGER) AS day,
    canonical_id,
    CASE
        WHEN reason IS NULL THEN NULL
        WHEN reason IN ('no id', 'no time') THEN 'quarantined'
        ELSE 'filtered'
    END AS fate,
    reason,
    CASE WHEN fate = 'quarantined' THEN $event_type END AS event_type,
    CASE WHEN fate = 'quarantined' THEN id END AS event_id
FROM (
    SELECT
        currents_event."recon.place",
        currents_event."recon.file",
        currents_event."recon.line",
        currents_event.id,
        currents_event.time,
        person.canonical_id,
        CASE
            WHEN coalesce(currents_event.id, '') = '' THEN 'no id'
            WHEN coalesce(currents_event.time, 0) <= 0 THEN 'no time'
            WHEN currents_event.external_user_id = '[REDACTED]' THEN 'redacted user id'
            WHEN
                coalesce(currents_event.external_user_id, '') = ''
                AND ($anonymous = 'skip' OR coalesce(currents_event.user_id, '[REDACTED]') IN ('', '[REDACTED]'))
                THEN 'no user id'
            WHEN
                person.user_id IS NULL
                AND strlen(currents_event.external_user_id) = 64
                AND regexp_full_match(currents_event.external_user_id, '[0-9a-f]{64}')
                THEN 'hashed user id'
            WHEN person.suppressed THEN 'suppressed'
            {% if condition %}
            WHEN NOT coalesce(CAST(try({{ condition }}) AS BOOLEAN), FALSE) THEN 'currents.events.where'
            {% endif %}
            {% if consent %}
            WHEN
                starts_with(lower({{ consent.source }}), 'rest')
                AND EXISTS (
                    SELECT 1
                    FROM own_change
                    WHERE
                        own_change.external_id = currents_event.external_user_id
                        {% if consent.group %}
                        AND own_change.field = 'subscription_group:' || {{ consent.group }}
                        {% else %}
                        AND own_change.field
                        = CASE WHEN contains(lower({{ consent.channel }}), 'push') THEN 'push_subscribe' ELSE 'email_subscribe' END
                        {% endif %}
                        AND own_change.status = replace(lower({{ consent.status }}), ' ', '_')
                        AND currents_event.time BETWEEN own_change.noted_at - $before AND own_change.noted_at + $after
                )
                THEN 'own change'
            {% endif %}
        END AS reason
    FROM currents_event
    LEFT JOIN forward_person AS person ON currents_event.external_user_id = person.user_id
) AS judged;
