-- What Braze holds of audiences in subscription groups, for the profiles that are compared. Kept, so that the next run can
-- tell which side has moved.
{% set judged = false %}
CREATE OR REPLACE TABLE group_held AS
{% for cohort, channel in group_cohorts %}
SELECT
    standing.external_id,
    standing.key,
    standing.address,
    {{ cohort.number }} AS number,
    {{ cohort.field.name }} AS field,
    standing.actual AS status,
    standing.out_at,
    standing.foreign_at
FROM (
    {% include 'drift/subscription/standing.sql' %}

) AS standing
INNER JOIN desired ON standing.external_id = desired.external_id
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};
