-- The events of one type that go on, as Segment's Track calls (facts/braze-currents §7). `integrations` keeps what came from
-- Braze from going back there (facts/segment §3.5). `between` ends each call, so that one after the other they already are
-- what a request has of them.
SELECT
    "recon.place" AS place,
    encode(concat(
        '{"type":"track","event":', to_json({{ track_event }}),
        ',"messageId":"bzc-', md5(concat_ws(chr(10), {{ workspace }}, {{ event_type }}, id)), '",',
        CASE
            WHEN "recon.canonical_id" IS NOT NULL THEN '"userId":' || to_json("recon.canonical_id")
            WHEN external_user_id <> '' THEN '"userId":' || to_json(external_user_id)
            ELSE '"anonymousId":' || to_json(user_id)
        END,
        ',"timestamp":"', strftime(make_timestamp(least(time, {{ now }}) * 1000000), '%Y-%m-%dT%H:%M:%SZ'),
        '","properties":{"currents_event_type":', to_json({{ event_type }}),
        -- A time in the future is a wrong clock; what it said is kept.
        CASE WHEN time > {{ now }} THEN ',"currents_time":' || CAST(time AS VARCHAR) END,
        -- concat leaves out NULLs. Names and values as arguments of their own are copied once, not three times.
        {% for key, column, form in properties %}
        {% if form == 'json' %}
        CASE WHEN {{ column }} IS NOT NULL THEN {{ key }} END, {{ column }},
        {% elif form == 'float' %}
        CASE WHEN isfinite({{ column }}) THEN {{ key }} || to_json({{ column }}) END,
        {% else %}
        CASE WHEN {{ column }} IS NOT NULL THEN {{ key }} END, to_json({{ column }}),
        {% endif %}
        {% endfor %}
        '},"context":{"library":{"name":"recon","version":', to_json({{ version }}), '}}',
        ',"integrations":{"All":true,"Braze":false,"Braze Cloud Mode (Actions)":false,',
        '"Braze Web Mode (Actions)":false,"Braze Web Device Mode (Actions)":false,"Appboy":false}}',
        {{ between }}
    )) AS call
FROM {{ events }};
