-- Known people in Braze who lack an alias under a configured label. A twin that waits to be merged brings its aliases
-- along, so a label that any of the person's profiles has is not lacking.
CREATE OR REPLACE TEMP TABLE lacking AS
SELECT
    person.profile,
    person.external_id,
    alias_rule.type,
    alias_rule.label
FROM person
CROSS JOIN alias_rule
LEFT JOIN held_alias ON person.external_id = held_alias.external_id AND alias_rule.label = held_alias.label
LEFT JOIN (
    SELECT DISTINCT twin.profile, held_alias.label
    FROM twin
    INNER JOIN held_alias ON twin.user_id = held_alias.external_id
) AS brought ON person.profile = brought.profile AND alias_rule.label = brought.label
WHERE person.alive AND NOT person.suppressed AND held_alias.external_id IS NULL AND brought.profile IS NULL;
