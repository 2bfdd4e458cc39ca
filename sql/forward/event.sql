-- Judges some events of one type (`currents_event`) and writes those that go on as Track calls (facts/braze-currents §7).
-- `fate` is NULL for what goes on, else filtered or quarantined, with the reason. The messageId is the MD5 of workspace,
-- type and id, so it is the same for ever; two events that differ in nothing else are one.
-- `integrations` keeps what came from Braze from going back there (facts/segment §3.5).
INSERT INTO event
SELECT
    place,
    file,
    line,
    event_type,
    event_id,
    key,
    CASE WHEN strlen(body) > $most_bytes THEN 'quarantined' ELSE fate END AS fate,
    CASE WHEN strlen(body) > $most_bytes THEN 'larger than Segment takes' ELSE reason END AS reason,
    CASE WHEN strlen(body) <= $most_bytes THEN body END AS body
FROM (
    SELECT
        "recon.place" AS place,
        "recon.file" AS file,
        "recon.line" AS line,
        $event_type AS event_type,
        id AS event_id,
        md5_number(identity) AS key,
        fate,
        reason,
        CASE
            WHEN fate IS NULL
                THEN concat(
                    '{"type":"track","event":', to_json($name), ',"messageId":"bzc-', md5(identity), '",',
                    CASE WHEN who IS NULL THEN '"anonymousId":' || to_json(user_id) ELSE '"userId":' || to_json(who) END,
                    ',"timestamp":"', strftime(make_timestamp(least(time, $now) * 1000000), '%Y-%m-%dT%H:%M:%SZ'),
                    '","properties":{',
                    concat_ws(
                        ',',
                        '"currents_event_type":' || to_json($event_type),
                        -- A time in the future is a wrong clock; what it said is kept.
                        CASE WHEN time > $now THEN '"currents_time":' || CAST(time AS VARCHAR) END
                        {% for key, column, form in properties %}
                        ,
                        {% if form == 'json' %}
                        {{ key }} || {{ column }}
                        {% elif form == 'float' %}
                        CASE WHEN isfinite({{ column }}) THEN {{ key }} || to_json({{ column }}) END
                        {% else %}
                        {{ key }} || to_json({{ column }})
                        {% endif %}
                        {% endfor %}
                    ),
                    '},"context":{"library":{"name":"recon","version":', to_json($version), '}}',
                    ',"integrations":{"All":true,"Braze":false,"Braze Cloud Mode (Actions)":false,',
                    '"Braze Web Mode (Actions)":false,"Braze Web Device Mode (Actions)":false,"Appboy":false}}'
                )
        END AS body
    FROM (
        SELECT
            judged.*,
            concat_ws(chr(10), $workspace, $event_type, id) AS identity,
            CASE
                WHEN reason IS NULL THEN NULL
                WHEN reason IN ('no id', 'no time') THEN 'quarantined'
                ELSE 'filtered'
            END AS fate
        FROM (
            SELECT
                currents_event.*,
                coalesce(person.canonical_id, nullif(currents_event.external_user_id, '')) AS who,
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
        ) AS judged
    ) AS fated
) AS written;
