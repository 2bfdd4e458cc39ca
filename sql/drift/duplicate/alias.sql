-- The newest identifier for each label that a known user lacks. Left alone: a pair of label and name that some Braze
-- profile has already, and a label under which `identify` brings a name.
INSERT INTO found
WITH newest AS (
    SELECT
        lacking.external_id,
        lacking.profile,
        lacking.type,
        lacking.label,
        claim.value
    FROM lacking
    INNER JOIN claim ON lacking.type = claim.type AND lacking.profile = claim.profile
    QUALIFY
        row_number() OVER (
            PARTITION BY lacking.profile, lacking.label
            ORDER BY claim.happened_at DESC NULLS LAST, claim.seq DESC NULLS LAST, claim.value ASC
        ) = 1
)

SELECT
    'alias' AS kind,
    newest.external_id AS keep,
    newest.value AS other,
    newest.label,
    concat(
        'canonical profile ', newest.profile, ' has this ', newest.type, ', which Braze does not know as ', newest.label
    ) AS reason
FROM newest
LEFT JOIN held_alias ON newest.label = held_alias.label AND newest.value = held_alias.name
LEFT JOIN (
    SELECT DISTINCT loose.external_id, loose.label
    FROM loose
    INNER JOIN found ON found.kind = 'identify' AND loose.external_id = found.keep
) AS brought ON newest.external_id = brought.external_id AND newest.label = brought.label
WHERE held_alias.name IS NULL AND brought.label IS NULL;
