-- A newcomer's profile that still has no id is read as theirs.
UPDATE read_back
SET external_id = newcomer.external_id
FROM newcomer
WHERE
    read_back.external_id IS NULL
    AND list_contains(
        list_transform(
            json_extract(json_or_null(read_back.user_aliases), '$[*]'),
            lambda alias: concat(json_extract_string(alias, '$.alias_label'), chr(31), json_extract_string(alias, '$.alias_name'))
        ),
        concat(newcomer.label, chr(31), newcomer.name)
    );
