-- Memberships that differ in audiences held in subscription groups. Who unsubscribed there by their own doing is not brought
-- back: that is a conflict. Our own leave, if it was the last change, stands in nobody's way (rulings, "More on consent").
-- A state belongs to its address: nobody enters by an address that a suppressed person has too, and nobody leaves by one
-- that another member has, or the two would undo each other every night.
{% for cohort, channel in group_cohorts %}
CREATE OR REPLACE TEMP TABLE address_member AS
SELECT
    group_held.key,
    bool_or(coalesce(desired.{{ cohort.column }} = 'true', FALSE)) AS has_member
FROM group_held
INNER JOIN desired ON group_held.external_id = desired.external_id
WHERE group_held.number = {{ cohort.number }}
GROUP BY group_held.key;

INSERT INTO differing_member
SELECT
    group_held.external_id,
    {{ cohort.number }} AS number,
    CASE WHEN desired.{{ cohort.column }} = 'true' THEN 'enter' ELSE 'leave' END AS change,
    coalesce(desired.{{ cohort.column }} = 'unreadable', FALSE) AS unreadable,
    CASE WHEN group_held.status <> 'unknown' THEN concat('"', group_held.status, '"') END AS held
FROM group_held
INNER JOIN desired ON group_held.external_id = desired.external_id
INNER JOIN address_member ON group_held.key = address_member.key
LEFT JOIN resolved_consent ON resolved_consent.number = {{ channel.number }} AND group_held.key = resolved_consent.key
LEFT JOIN group_leave ON group_held.external_id = group_leave.external_id AND group_held.field = group_leave.field
WHERE
    group_held.number = {{ cohort.number }}
    AND resolved_consent.key IS NULL
    AND (coalesce(desired.{{ cohort.column }} = 'true', FALSE) OR NOT address_member.has_member)
    AND coalesce(desired.{{ cohort.column }} = 'true', FALSE) <> (group_held.status = 'subscribed')
    AND NOT (
        desired.{{ cohort.column }} = 'true'
        AND group_held.status = 'unsubscribed'
        AND (group_leave.left_at IS NULL OR coalesce(group_held.foreign_at > group_leave.left_at, FALSE))
    );

INSERT INTO subscription_drift
SELECT
    group_held.external_id,
    group_held.address,
    consent_rule.channel,
    consent_rule.group_id,
    consent_rule.field,
    'subscribed' AS desired,
    group_held.status AS actual,
    'conflict' AS kind,
    FALSE AS suppressed,
    stated.happened_at AS segment_time,
    group_held.out_at AS braze_time
FROM group_held
INNER JOIN desired ON group_held.external_id = desired.external_id
INNER JOIN consent_rule ON consent_rule.number = {{ channel.number }}
LEFT JOIN group_leave ON group_held.external_id = group_leave.external_id AND group_held.field = group_leave.field
LEFT JOIN resolved_consent ON resolved_consent.number = {{ channel.number }} AND group_held.key = resolved_consent.key
LEFT JOIN reachable ON group_held.external_id = reachable.external_id
LEFT JOIN (
    SELECT profile, max(happened_at) AS happened_at
    FROM consent_row
    WHERE name = {{ cohort.name }}
    GROUP BY profile
) AS stated ON reachable.profile = stated.profile
WHERE
    group_held.number = {{ cohort.number }}
    AND resolved_consent.key IS NULL
    AND desired.{{ cohort.column }} = 'true'
    AND group_held.status = 'unsubscribed'
    AND (group_leave.left_at IS NULL OR coalesce(group_held.foreign_at > group_leave.left_at, FALSE));
{% endfor %}
