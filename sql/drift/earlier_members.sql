-- The differing memberships as the last run left them: whether Segment stated one, and whether each side has moved
-- since. A repair that was seen to hold is what Braze held. Audiences that were not compared then have no row.
CREATE OR REPLACE TEMP TABLE earlier_member AS
SELECT
    NULL::VARCHAR AS external_id,
    NULL::INTEGER AS number,
    NULL::BOOLEAN AS stated,
    NULL::BOOLEAN AS desired_moved,
    NULL::BOOLEAN AS actual_moved
WHERE FALSE
{% for cohort, membership, held in known_cohorts %}
{% set in_group = cohort.field.form == 'subscription_group' %}
{% if in_group %}
{% set was_member = raw("coalesce(CASE WHEN repaired.external_id IS NULL THEN group_held.status ELSE json_extract_string(repaired.after, '$') END = 'subscribed', FALSE)") %}
{% else %}
{% set was_held = raw('CASE WHEN repaired.external_id IS NULL THEN actual.' ~ held ~ ' ELSE repaired.after END') %}
{% set was_member = cohort.holds(was_held) %}
{% endif %}
UNION ALL
SELECT
    differing_member.external_id,
    differing_member.number,
    desired.{{ membership }} IS NOT NULL AS stated,
    coalesce(desired.{{ membership }} = 'true', FALSE) <> (differing_member.change = 'enter') AS desired_moved,
    {{ was_member }} <> (differing_member.change = 'leave') AS actual_moved
FROM differing_member
INNER JOIN earlier.desired AS desired ON differing_member.external_id = desired.external_id
{% if in_group %}
INNER JOIN earlier.group_held AS group_held
    ON differing_member.external_id = group_held.external_id AND group_held.field = {{ cohort.field.name }}
{% else %}
INNER JOIN earlier.actual AS actual ON differing_member.external_id = actual.external_id
{% endif %}
LEFT JOIN repaired
    ON differing_member.external_id = repaired.external_id
    AND repaired.field = {{ cohort.field.name }}
WHERE differing_member.number = {{ cohort.number }}
{% endfor %};

-- What the last run made of memberships that have stayed as they are.
CREATE OR REPLACE TEMP TABLE earlier_member_cause AS
{% if known_cohorts %}
SELECT external_id, audience, change, cause
FROM earlier.cohort_drift
WHERE cause NOT IN ('in_flight', 'invalid', 'rejected');
{% else %}
SELECT NULL::VARCHAR AS external_id, NULL::VARCHAR AS audience, NULL::VARCHAR AS change, NULL::VARCHAR AS cause
WHERE FALSE;
{% endif %}
