-- Newcomers: people whom Braze does not have, but whose alias-only profile an `identify` of this run makes theirs. For the
-- comparison that profile counts as the person's own, so that what it lacks is sent in the same night. Of several, the
-- one that is identified first stamps the id; the others only fill gaps (facts/braze-rest-api §4).
CREATE OR REPLACE TABLE newcomer AS
SELECT
    found.keep AS external_id,
    found.label,
    found.other AS name,
    held_alias.holder
FROM found
INNER JOIN person ON found.keep = person.external_id
INNER JOIN held_alias ON found.label = held_alias.label AND found.other = held_alias.name
WHERE found.kind = 'identify' AND NOT person.alive AND held_alias.holder IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY found.keep ORDER BY found.label) = 1;

INSERT INTO actual
SELECT actual.* REPLACE (newcomer.external_id AS external_id)
FROM actual
INNER JOIN newcomer ON actual.external_id IS NULL AND coalesce(actual.braze_id, actual.user_aliases) = newcomer.holder;

UPDATE person SET alive = TRUE WHERE external_id IN (SELECT newcomer.external_id FROM newcomer);
