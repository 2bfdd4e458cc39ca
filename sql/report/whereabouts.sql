-- Who an external id belongs to: the person in Segment, whether Braze has the profile, and whether it is suppressed.
SELECT
    user_id.profile,
    person.external_id,
    coalesce(person.suppressed, FALSE) AS suppressed,
    actual.external_id IS NOT NULL AS in_braze
FROM (SELECT CAST($external_id AS VARCHAR) AS id) AS wanted
LEFT JOIN user_id ON wanted.id = user_id.user_id
LEFT JOIN person ON user_id.profile = person.profile
LEFT JOIN actual ON wanted.id = actual.external_id;
