-- The ids that belong to suppressed people: every id of such a person, and ids that Segment suppresses without knowing
-- them any more.
CREATE OR REPLACE TEMP TABLE suppressed_id AS
SELECT user_id.user_id AS external_id
FROM user_id
INNER JOIN person ON user_id.profile = person.profile
WHERE person.suppressed
UNION
SELECT suppression.user_id AS external_id
FROM suppression
WHERE suppression.user_id IS NOT NULL;
