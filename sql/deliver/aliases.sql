-- Aliases to be added, one object each; of a profile that gets several, those of one `$turn` at a time.
SELECT external_id, object, field
FROM (
    SELECT
        external_id,
        field,
        encode(concat(
            '{"external_id":', CAST(to_json(external_id) AS VARCHAR),
            ',"alias_name":', after,
            ',"alias_label":', CAST(to_json(substr(field, 7)) AS VARCHAR), '}'
        )) AS object,
        row_number() OVER (PARTITION BY external_id ORDER BY field) AS turn
    FROM result
    WHERE class = 'alias' AND state IN ('planned', 'sending', 'unknown')
) AS alias
WHERE turn = $turn
ORDER BY external_id
LIMIT $most;
