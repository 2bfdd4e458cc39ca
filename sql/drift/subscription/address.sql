-- The addresses of everybody who has a say: as their Braze profiles have them, and as Segment has them, which may be
-- newer. What is said holds for each. An address may stand here twice, as both sides have it.
CREATE OR REPLACE TEMP TABLE person_address AS
WITH
-- Of nobody else are they needed.
heard AS (
    SELECT profile FROM said
    UNION
    SELECT profile FROM person WHERE suppressed
),

address_row AS (
    SELECT consent_row.*
    FROM consent_row
    INNER JOIN heard ON consent_row.profile = heard.profile
    {% if address_traits %}
    WHERE consent_row.name IN ({% for trait in address_traits %}{{ trait.name }}{% if not loop.last %}, {% endif %}{% endfor %})
    {% else %}
    WHERE FALSE
    {% endif %}
),

repeated AS (
    SELECT profile, name FROM address_row GROUP BY profile, name HAVING count(*) > 1
),

newest AS (
    SELECT address_row.profile, address_row.name, address_row.value
    FROM address_row
    LEFT JOIN repeated ON address_row.profile = repeated.profile AND address_row.name = repeated.name
    WHERE repeated.profile IS NULL
    UNION ALL
    SELECT address_row.profile, address_row.name, address_row.value
    FROM address_row
    INNER JOIN repeated ON address_row.profile = repeated.profile AND address_row.name = repeated.name
    QUALIFY
        row_number() OVER (
            PARTITION BY address_row.profile, address_row.name
            ORDER BY address_row.happened_at DESC NULLS LAST, address_row.seq DESC NULLS LAST, address_row.value ASC
        ) = 1
),

resolved_address AS (
    SELECT
        profile,
        {% for trait in address_traits %}
        first(value) FILTER (WHERE name = {{ trait.name }}) AS {{ trait.column }},
        {% endfor %}
    FROM newest
    GROUP BY profile
)

SELECT reachable.profile, 'email' AS kind, reachable.email AS address
FROM reachable
INNER JOIN heard ON reachable.profile = heard.profile
WHERE reachable.email IS NOT NULL
UNION ALL
SELECT reachable.profile, 'phone' AS kind, reachable.phone AS address
FROM reachable
INNER JOIN heard ON reachable.profile = heard.profile
WHERE reachable.phone IS NOT NULL
{% for address in segment_addresses %}
UNION ALL
SELECT profile, {{ address.kind }} AS kind, {{ address.value }} AS address
FROM resolved_address
WHERE {{ address.value }} IS NOT NULL
{% endfor %};
