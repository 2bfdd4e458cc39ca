-- The aliases that Braze holds under the configured labels. A label can hold one name per profile, and a pair of label
-- and name is unique in the workspace (facts/braze-rest-api §4). `holder` names a Braze profile that has no external id.
CREATE OR REPLACE TEMP TABLE held_alias AS
SELECT
    held.holder,
    held.external_id,
    held.label,
    held.name,
    alias_rule.type
FROM (
    SELECT
        aliased.holder,
        aliased.external_id,
        json_extract_string(aliased.alias, '$.alias_label') AS label,
        json_extract_string(aliased.alias, '$.alias_name') AS name
    FROM (
        SELECT
            CASE WHEN external_id IS NULL THEN coalesce(braze_id, user_aliases) END AS holder,
            external_id,
            unnest(json_extract(json_or_null(user_aliases), '$[*]')) AS alias
        FROM actual
        WHERE user_aliases <> '[]'
    ) AS aliased
) AS held
INNER JOIN alias_rule ON held.label = alias_rule.label
WHERE held.name IS NOT NULL;
