-- Where consent differs, profile by profile (design §6.4; rulings, "Consent"). In doubt the opt-out wins: only an opt-in
-- that Braze proves to be a person's own and later holds one of Segment's back, and then for people to look at.
{% set judged = true %}
CREATE OR REPLACE TABLE subscription_drift AS
{% for channel in channels %}
SELECT
    standing.external_id,
    standing.address,
    consent_rule.channel,
    consent_rule.group_id,
    consent_rule.field,
    standing.desired,
    standing.actual,
    CASE
        WHEN standing.desired = 'unsubscribed'
            THEN
                CASE
                    WHEN
                        NOT standing.suppressed
                        AND coalesce(standing.person_in_at > standing.happened_at, FALSE)
                        AND coalesce(standing.person_in_at > standing.out_at, TRUE)
                        THEN 'conflict'
                    ELSE 'unsubscribe'
                END
        WHEN coalesce(standing.happened_at > standing.out_at, FALSE) THEN 'resubscribe'
        ELSE 'conflict'
    END AS kind,
    standing.suppressed,
    standing.happened_at AS segment_time,
    CASE
        WHEN standing.desired <> 'unsubscribed' THEN standing.out_at
        WHEN
            NOT standing.suppressed
            AND standing.person_in_at > standing.happened_at
            AND coalesce(standing.person_in_at > standing.out_at, TRUE)
            THEN standing.person_in_at
    END AS braze_time
FROM (
    {% include 'drift/subscription/standing.sql' %}

) AS standing
INNER JOIN consent_rule ON consent_rule.number = {{ channel.number }}
WHERE (standing.desired = 'unsubscribed') <> (standing.actual = 'unsubscribed')
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
