-- The addresses of everybody who has a say: as their Braze profiles have them, and as Segment has them, which may be
-- newer. What is said holds for each.
CREATE OR REPLACE TEMP TABLE person_address AS
WITH
newest AS (
    SELECT consent_row.*
    FROM consent_row
    {% if address_traits %}
    WHERE consent_row.name IN ({% for trait in address_traits %}{{ trait.name }}{% if not loop.last %}, {% endif %}{% endfor %})
    {% else %}
    WHERE FALSE
    {% endif %}
    QUALIFY
        row_number() OVER (
            PARTITION BY consent_row.profile, consent_row.name
            ORDER BY consent_row.happened_at DESC NULLS LAST, consent_row.seq DESC NULLS LAST, consent_row.value ASC
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

SELECT profile, 'email' AS kind, email AS address
FROM reachable
WHERE profile IS NOT NULL AND email IS NOT NULL
UNION
SELECT profile, 'phone' AS kind, phone AS address
FROM reachable
WHERE profile IS NOT NULL AND phone IS NOT NULL
{% for address in segment_addresses %}
UNION
SELECT profile, {{ address.kind }} AS kind, {{ address.value }} AS address
FROM resolved_address
WHERE {{ address.value }} IS NOT NULL
{% endfor %};
