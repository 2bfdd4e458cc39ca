-- Each profile's state in one channel or group as Braze holds it now. A change that Currents tells of and that is newer than
-- what Braze was asked counts more (rulings, "Consent"); of the profile's own and its address's changes the newest. Where
-- it is to be `judged`, only those stand here about whom something is said, with what is said: they are picked before all
-- the look-ups.
SELECT
    reachable.external_id,
    CASE rule.address WHEN 'email' THEN reachable.shown_email WHEN 'phone' THEN reachable.shown_phone END AS address,
    coalesce(
        'a:' || CASE rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END,
        'p:' || reachable.profile,
        'x:' || reachable.external_id
    ) AS key,
    CASE
        WHEN greatest(own.changed_at, shared.changed_at) > $observed_at
            THEN
                CASE
                    WHEN own.is_out AND coalesce(own.changed_at >= shared.changed_at, TRUE) THEN 'unsubscribed'
                    WHEN shared.is_out AND coalesce(shared.changed_at >= own.changed_at, TRUE) THEN 'unsubscribed'
                    WHEN coalesce(own.changed_at >= shared.changed_at, own.changed_at IS NOT NULL) THEN own.status
                    ELSE shared.status
                END
        {% if channel.group_id is none %}
        ELSE reachable.{{ raw(channel.channel ~ '_state') }}
        {% else %}
        ELSE coalesce(group_state.status, CASE WHEN asked.external_id IS NULL THEN address_state.status END, 'unknown')
        {% endif %}
    END AS actual,
    greatest(own.out_at, shared.out_at) AS out_at,
    greatest(own.person_in_at, shared.person_in_at) AS person_in_at,
    greatest(own.foreign_at, shared.foreign_at) AS foreign_at
    {% if judged %},
    resolved_consent.state AS desired,
    resolved_consent.suppressed,
    resolved_consent.happened_at
    {% endif %}
FROM reachable
INNER JOIN consent_rule AS rule ON rule.number = {{ channel.number }}
{% if judged %}
INNER JOIN resolved_consent
    ON
        resolved_consent.number = {{ channel.number }}
        AND resolved_consent.key = coalesce(
            'a:' || CASE rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END,
            'p:' || reachable.profile,
            'x:' || reachable.external_id
        )
{% endif %}
LEFT JOIN consent_change AS own
    ON own.number = {{ channel.number }} AND own.key = 'x:' || reachable.external_id
LEFT JOIN consent_change AS shared
    ON
        shared.number = {{ channel.number }}
        AND shared.key = 'a:' || CASE rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END
{% if channel.group_id is not none %}
LEFT JOIN group_state ON reachable.external_id = group_state.external_id AND group_state.group_id = {{ channel.group }}
LEFT JOIN asked ON reachable.external_id = asked.external_id
LEFT JOIN address_state
    ON
        address_state.number = {{ channel.number }}
        AND address_state.address = CASE rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END
{% endif %}
