-- Whether each correction that was read back holds: values and members by the same equality that found the drift. A
-- profile that was not given back does not exist any more. What a merge or a rename did is followed (`moved`).
CREATE OR REPLACE TEMP TABLE checked AS
SELECT
    result.stage,
    result.class,
    result.external_id,
    result.field,
    result.after,
    result.state,
    result.error,
    coalesce(moved.current_id, result.external_id) AS current_id,
    coalesce(moved.class = 'delete', FALSE) AS deleted
FROM result
INNER JOIN (SELECT unnest(from_json($asked, '["VARCHAR"]')) AS external_id) AS asked USING (external_id)
LEFT JOIN moved ON result.external_id = moved.external_id
WHERE list_contains($states, result.state) AND list_contains($stages, result.stage) AND (result.stage <> 'identity' OR result.class = 'alias');

-- Consent. An opt-out also holds where recon has deleted the profile since: nobody is there to be written to. A person
-- who is to get messages may have opted in explicitly, which is more.
CREATE OR REPLACE TEMP TABLE verdict AS
SELECT
    checked.stage,
    checked.external_id,
    checked.field,
    checked.state,
    checked.error,
    CASE
        WHEN checked.after = '"unsubscribed"' THEN checked.deleted OR coalesce(held.state = 'unsubscribed', FALSE)
        WHEN starts_with(checked.field, 'subscription_group:')
            THEN coalesce(held.state = json_extract_string(checked.after, '$'), FALSE)
        ELSE coalesce(held.state <> 'unsubscribed', FALSE)
    END AS holds,
    read_back.external_id IS NULL AND NOT checked.deleted AS gone
FROM checked
LEFT JOIN read_back ON checked.current_id = read_back.external_id
LEFT JOIN consent_back AS held ON checked.current_id = held.external_id AND checked.field = held.field
WHERE
    checked.field IN ('email_subscribe', 'push_subscribe') OR starts_with(checked.field, 'subscription_group:');

INSERT INTO verdict
SELECT
    checked.stage,
    checked.external_id,
    checked.field,
    checked.state,
    checked.error,
    coalesce(list_contains(
        list_transform(
            json_extract(json_or_null(read_back.user_aliases), '$[*]'),
            lambda alias: concat('alias:', json_extract_string(alias, '$.alias_label'), chr(31), json_extract_string(alias, '$.alias_name'))
        ),
        concat(checked.field, chr(31), json_extract_string(checked.after, '$'))
    ), FALSE) AS holds,
    read_back.external_id IS NULL AS gone
FROM checked
LEFT JOIN read_back ON checked.current_id = read_back.external_id
WHERE checked.class = 'alias';

{% for cell in cells %}
{% set desired = raw('checked.after') %}
{% set actual = raw('read_back.' ~ cell.column) %}
INSERT INTO verdict
SELECT
    checked.stage,
    checked.external_id,
    checked.field,
    checked.state,
    checked.error,
    CASE
        WHEN checked.after = 'null' THEN read_back.{{ cell.column }} IS NULL
        ELSE NOT ({{ cell.differs(desired, actual) }}{% if cell.words %} AND coalesce(wanted.code <> held.code, TRUE){% endif %})
    END AS holds,
    read_back.external_id IS NULL AS gone
FROM checked
LEFT JOIN read_back ON checked.current_id = read_back.external_id
{% if cell.words %}
{% include 'drift/word_joins.sql' %}
{% endif %}
WHERE checked.field = {{ cell.name }} AND checked.class IN ('attribute', 'cohort');
{% endfor %}
