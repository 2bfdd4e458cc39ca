-- Who an external id belongs to: the person in Segment, whether Braze has the profile, whether it is suppressed, and the
-- label of the alias by which this run's plan finds a profile for a person whom Braze does not have.
SELECT
    user_id.profile,
    person.external_id,
    coalesce(person.suppressed, FALSE) AS suppressed,
    actual.external_id IS NOT NULL AS in_braze,
    newcomer.label AS identified_by
FROM (SELECT CAST($external_id AS VARCHAR) AS id) AS wanted
LEFT JOIN user_id ON wanted.id = user_id.user_id
LEFT JOIN person ON user_id.profile = person.profile
LEFT JOIN actual ON wanted.id = actual.external_id
LEFT JOIN newcomer ON wanted.id = newcomer.external_id;
