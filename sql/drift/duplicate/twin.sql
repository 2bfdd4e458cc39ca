-- The user_ids of people who have several and are in Braze: which of them live there, and which is to be kept in the
-- end (`place` 1, by identity.keep over all of them). Suppressed people are told nowhere.
CREATE OR REPLACE TEMP TABLE twin AS
SELECT
    user_id.profile,
    user_id.user_id,
    person.external_id,
    actual.external_id IS NOT NULL AS alive,
    row_number() OVER (
        PARTITION BY user_id.profile
        ORDER BY
            {% include 'desired/keep_order.sql' %}
    ) AS place
FROM user_id
INNER JOIN (
    SELECT profile FROM user_id GROUP BY profile HAVING count(*) > 1
) AS several ON user_id.profile = several.profile
INNER JOIN person ON user_id.profile = person.profile
LEFT JOIN actual ON user_id.user_id = actual.external_id
WHERE person.alive AND NOT person.suppressed;
