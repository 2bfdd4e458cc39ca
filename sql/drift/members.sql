-- The memberships that differ. First the profiles in which any does, found in one join; then, audience by audience,
-- who enters and who leaves. Absent, null and false are all "not a member" (rulings, "Cohorts").
CREATE OR REPLACE TEMP TABLE differing_profile AS
SELECT
    desired.external_id,
    {% for cohort in cohorts %}
    desired.{{ cohort.column }},
    {% endfor %}
    {% for field in fields_of_cohorts %}
    actual.{{ field.column }},
    {% endfor %}
FROM desired
INNER JOIN actual ON desired.external_id = actual.external_id
WHERE
    FALSE
    {% for cohort in cohorts %}
    OR coalesce(desired.{{ cohort.column }} = 'true', FALSE) <> {{ cohort.holds('actual.' ~ cohort.field.column) }}
    {% endfor %}
;

CREATE OR REPLACE TEMP TABLE differing_member AS
SELECT
    NULL::VARCHAR AS external_id,
    NULL::INTEGER AS number,
    NULL::VARCHAR AS change,
    NULL::BOOLEAN AS unreadable,
    NULL::VARCHAR AS held
WHERE FALSE
{% for cohort in cohorts %}
UNION ALL
SELECT
    external_id,
    {{ cohort.number }} AS number,
    CASE WHEN {{ cohort.column }} = 'true' THEN 'enter' ELSE 'leave' END AS change,
    coalesce({{ cohort.column }} = 'unreadable', FALSE) AS unreadable,
    {{ cohort.field.column }} AS held
FROM differing_profile
WHERE coalesce({{ cohort.column }} = 'true', FALSE) <> {{ cohort.holds(cohort.field.column) }}
{% endfor %};
