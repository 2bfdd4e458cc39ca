-- Where consent differs, profile by profile (design §6.4; rulings, "Consent"). In doubt the opt-out wins: only an opt-in
-- that Braze proves to be a person's own and later holds one of Segment's back, and then for people to look at.
CREATE OR REPLACE TABLE subscription_drift AS
{% for channel in channels %}
SELECT
    standing.external_id,
    standing.address,
    consent_rule.channel,
    consent_rule.group_id,
    consent_rule.field,
    resolved_consent.state AS desired,
    standing.actual,
    CASE
        WHEN resolved_consent.state = 'unsubscribed'
            THEN
                CASE
                    WHEN
                        NOT resolved_consent.suppressed
                        AND coalesce(standing.person_in_at > resolved_consent.happened_at, FALSE)
                        AND coalesce(standing.person_in_at > standing.out_at, TRUE)
                        THEN 'conflict'
                    ELSE 'unsubscribe'
                END
        WHEN coalesce(resolved_consent.happened_at > standing.out_at, FALSE) THEN 'resubscribe'
        ELSE 'conflict'
    END AS kind,
    resolved_consent.suppressed,
    resolved_consent.happened_at AS segment_time,
    CASE
        WHEN resolved_consent.state <> 'unsubscribed' THEN standing.out_at
        WHEN
            NOT resolved_consent.suppressed
            AND standing.person_in_at > resolved_consent.happened_at
            AND coalesce(standing.person_in_at > standing.out_at, TRUE)
            THEN standing.person_in_at
    END AS braze_time
FROM (
    {% include 'drift/subscription/standing.sql' %}

) AS standing
INNER JOIN consent_rule ON consent_rule.number = {{ channel.number }}
INNER JOIN resolved_consent
    ON resolved_consent.number = {{ channel.number }} AND standing.key = resolved_consent.key
WHERE (resolved_consent.state = 'unsubscribed') <> (standing.actual = 'unsubscribed')
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
