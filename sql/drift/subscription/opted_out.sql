-- Everybody who is opted out of a channel or group by either side, whether the sides differ or not: what the audit is
-- about. Profiles without an external id stand here by their Braze id, where they hold an address that is opted out of
-- e-mail: nothing can be sent to them by name, so people must look.
{% set judged = false %}
CREATE OR REPLACE TEMP TABLE opted_out AS
{% for channel in channels %}
SELECT
    standing.external_id AS person,
    FALSE AS nameless,
    consent_rule.field,
    consent_rule.channel,
    consent_rule.group_id,
    CASE WHEN starts_with(standing.key, 'a:') THEN substr(standing.key, 3) END AS address,
    standing.actual,
    resolved_consent.state AS said,
    coalesce(resolved_consent.state = 'unsubscribed', FALSE) AS stated,
    coalesce(resolved_consent.suppressed, FALSE) AS suppressed,
    CASE WHEN resolved_consent.state = 'unsubscribed' THEN resolved_consent.happened_at END AS stated_at,
    standing.out_at
FROM (
    {% include 'drift/subscription/standing.sql' %}

) AS standing
INNER JOIN consent_rule ON consent_rule.number = {{ channel.number }}
LEFT JOIN resolved_consent ON resolved_consent.number = {{ channel.number }} AND standing.key = resolved_consent.key
WHERE resolved_consent.state = 'unsubscribed' OR standing.actual = 'unsubscribed'
UNION ALL
{% endfor %}
SELECT
    actual.braze_id AS person,
    TRUE AS nameless,
    consent_rule.field,
    consent_rule.channel,
    consent_rule.group_id,
    email_address(json_extract_string(actual.{{ email }}, '$')) AS address,
    coalesce(lower(json_extract_string(actual.{{ email_subscribe }}, '$')), 'subscribed') AS actual,
    resolved_consent.state AS said,
    TRUE AS stated,
    resolved_consent.suppressed,
    resolved_consent.happened_at AS stated_at,
    NULL AS out_at
FROM actual
INNER JOIN resolved_consent
    ON resolved_consent.key = concat('a:', email_address(json_extract_string(actual.{{ email }}, '$')))
INNER JOIN consent_rule ON resolved_consent.number = consent_rule.number
WHERE
    actual.external_id IS NULL
    AND resolved_consent.state = 'unsubscribed'
    AND consent_rule.field = 'email_subscribe';
