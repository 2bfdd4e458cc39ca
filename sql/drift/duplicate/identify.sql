-- Braze profiles without an external id whose alias is an identifier of a known user. If the user has a name under the
-- same label already, Braze combines nothing (facts/braze-rest-api §4): such a pair is told and not proposed, and so is
-- a profile that aliases give to two people, for it has two survivors. `place` orders the profiles that would bring a
-- name under the same label to the same user: the newest comes first, the others find the label taken.
CREATE OR REPLACE TEMP TABLE loose AS
SELECT
    held_alias.holder,
    held_alias.label,
    held_alias.name,
    held_alias.type,
    person.profile,
    person.external_id,
    person.suppressed,
    claim.happened_at,
    taken.label IS NOT NULL AS taken,
    row_number() OVER (
        PARTITION BY person.profile, held_alias.label
        ORDER BY claim.happened_at DESC NULLS LAST, claim.seq DESC NULLS LAST, held_alias.name ASC
    ) AS place
FROM held_alias
INNER JOIN claim ON held_alias.type = claim.type AND held_alias.name = claim.value
INNER JOIN person ON claim.profile = person.profile
LEFT JOIN (
    SELECT DISTINCT user_id.profile, held_alias.label
    FROM held_alias
    INNER JOIN user_id ON held_alias.external_id = user_id.user_id
) AS taken ON person.profile = taken.profile AND held_alias.label = taken.label
WHERE held_alias.holder IS NOT NULL AND person.external_id IS NOT NULL;

-- Nothing that touches a suppressed person is told.
CREATE OR REPLACE TEMP TABLE claimed AS
SELECT
    holder,
    min(external_id) AS external_id,
    max(external_id) AS last_external_id,
    bool_and(taken) AS taken,
    bool_and(taken OR place = 1) AS comes_first
FROM loose
GROUP BY holder
HAVING NOT bool_or(suppressed);

-- The alias by which each is identified: one whose label is free, then the newest.
INSERT INTO found
SELECT
    CASE WHEN claimed.taken OR NOT claimed.comes_first THEN 'suspected' ELSE 'identify' END AS kind,
    loose.external_id AS keep,
    loose.name AS other,
    loose.label,
    concat(
        CASE
            WHEN claimed.taken THEN 'blocked, the user has another name under this label: '
            WHEN NOT claimed.comes_first THEN 'blocked, a newer profile takes this label first: '
        END,
        'canonical profile ', loose.profile, ' has this ', loose.type, ', which a Braze profile without external id has as ',
        loose.label
    ) AS reason
FROM loose
INNER JOIN claimed ON loose.holder = claimed.holder
WHERE claimed.external_id = claimed.last_external_id
QUALIFY
    row_number() OVER (
        PARTITION BY loose.holder ORDER BY loose.taken ASC, loose.happened_at DESC NULLS LAST, loose.label ASC
    ) = 1;

INSERT INTO found
SELECT DISTINCT
    'suspected' AS kind,
    claimed.external_id AS keep,
    loose.external_id AS other,
    NULL AS label,
    'blocked, two survivors: a Braze profile without external id has aliases of both' AS reason
FROM claimed
INNER JOIN loose ON claimed.holder = loose.holder AND claimed.external_id <> loose.external_id;
