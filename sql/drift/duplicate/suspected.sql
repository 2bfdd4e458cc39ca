-- People whose Braze profiles share an address though Segment does not link them: for people to look at, never touched.
-- Of those who share one, the one with the least external id stands as `keep`. Case never counts in an e-mail address.
CREATE OR REPLACE TEMP TABLE address AS
{% for address in addresses %}
SELECT
    {{ address.kind }} AS kind,
    {{ address.value }} AS value,
    external_id
FROM actual
WHERE external_id IS NOT NULL AND {{ address.column }} IS NOT NULL
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %};

CREATE OR REPLACE TEMP TABLE sharing AS
SELECT DISTINCT
    address.kind,
    address.value,
    person.external_id
FROM address
INNER JOIN (
    SELECT kind, value FROM address WHERE value <> '' GROUP BY kind, value HAVING count(*) > 1
) AS shared ON address.kind = shared.kind AND address.value = shared.value
INNER JOIN user_id ON address.external_id = user_id.user_id
INNER JOIN person ON user_id.profile = person.profile
WHERE NOT person.suppressed;

INSERT INTO found
SELECT
    'suspected' AS kind,
    first.external_id AS keep,
    sharing.external_id AS other,
    NULL AS label,
    concat('the same ', string_agg(DISTINCT sharing.kind, ' and ' ORDER BY sharing.kind), ' in Braze, not linked in Segment') AS reason
FROM sharing
INNER JOIN (
    SELECT kind, value, min(external_id) AS external_id FROM sharing GROUP BY kind, value
) AS first ON sharing.kind = first.kind AND sharing.value = first.value AND sharing.external_id <> first.external_id
GROUP BY first.external_id, sharing.external_id;
