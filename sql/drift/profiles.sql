-- How the two sides' profiles meet. A Segment person counts once however many ids they have; a Braze profile without
-- an external id counts as only in Braze unless one of its aliases is an identifier that Segment knows (rulings).
SELECT
    (SELECT count(*) FROM person) AS segment,
    (SELECT count(*) FROM person WHERE alive) AS matched,
    (SELECT count(*) FROM person WHERE external_id IS NOT NULL AND NOT alive) AS missing,
    (SELECT count(*) FROM actual) AS braze,
    (
        SELECT count(*)
        FROM actual
        LEFT JOIN user_id ON actual.external_id = user_id.user_id
        LEFT JOIN (
            SELECT DISTINCT braze_id
            FROM (
                SELECT braze_id, unnest(json_extract(json_or_null(user_aliases), '$[*]')) AS alias
                FROM actual
                WHERE external_id IS NULL AND user_aliases <> '[]'
            ) AS known
            INNER JOIN alias_rule ON json_extract_string(known.alias, '$.alias_label') = alias_rule.label
            INNER JOIN user_identifiers
                ON alias_rule.type = user_identifiers.type
                AND json_extract_string(known.alias, '$.alias_name') = user_identifiers.value
        ) AS aliased ON actual.external_id IS NULL AND actual.braze_id = aliased.braze_id
        WHERE user_id.user_id IS NULL AND aliased.braze_id IS NULL
    ) AS only_in_braze;
