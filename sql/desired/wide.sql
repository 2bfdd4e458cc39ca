-- One row per Segment profile of a bucket and one column per trait of the mapping, in a single pass over the narrow table.
-- A row without a value is an explicit null. `filled` against `trait_rows` finds, for free, the profiles that have a trait
-- twice; those and the merged ones are `tangled` and are done again below, newest row first: with this bucket if there is
-- but one, else after all buckets, for their rows may lie in any (sql/load/bucket_tangled.sql).
CREATE OR REPLACE TEMP TABLE wide AS
SELECT
    canonical_segment_id AS profile,
    count(*) AS trait_rows,
    {% for trait in traits %}
    max(CASE WHEN name = {{ trait.name }} THEN coalesce(value, 'null') END) AS {{ trait.column }},
    {% endfor %}
FROM bucket_trait
WHERE canonical_segment_id IS NOT NULL AND name IN ({% for trait in traits %}{{ trait.name }}{% if not loop.last %}, {% endif %}{% endfor %})
GROUP BY canonical_segment_id;

INSERT INTO tangled
SELECT wide.profile
FROM wide
WHERE
    wide.trait_rows <> (
        {% for trait in traits %}
        CAST(wide.{{ trait.column }} IS NOT NULL AS INTEGER){% if not loop.last %} +{% endif %}

        {% endfor %}
    )
    AND NOT EXISTS (SELECT 1 FROM winner WHERE winner.segment_id = wide.profile)
    AND NOT EXISTS (SELECT 1 FROM tangled WHERE tangled.profile = wide.profile);

-- Every id under which rows of a tangled profile may lie.
CREATE OR REPLACE TEMP TABLE tangled_id AS
SELECT profile AS segment_id, profile FROM bucket_tangled
UNION ALL
SELECT winner.segment_id, winner.profile
FROM winner
INNER JOIN bucket_tangled ON winner.profile = bucket_tangled.profile;

-- The newest row of each trait wins, wherever it lies; a row without a time is the oldest (rulings, "Profiles").
CREATE OR REPLACE TEMP TABLE untangled AS
WITH newest AS (
    SELECT
        tangled_id.profile,
        user_traits.name,
        user_traits.value
    FROM user_traits
    INNER JOIN tangled_id ON user_traits.canonical_segment_id = tangled_id.segment_id
    WHERE user_traits.name IN ({% for trait in traits %}{{ trait.name }}{% if not loop.last %}, {% endif %}{% endfor %})
    QUALIFY
        row_number() OVER (
            PARTITION BY tangled_id.profile, user_traits.name
            ORDER BY
                user_traits.happened_at DESC NULLS LAST,
                user_traits.seq DESC NULLS LAST,
                user_traits.canonical_segment_id = tangled_id.profile DESC,
                user_traits.value ASC NULLS FIRST
        ) = 1
)

SELECT
    profile,
    count(*) AS trait_rows,
    {% for trait in traits %}
    max(CASE WHEN name = {{ trait.name }} THEN coalesce(value, 'null') END) AS {{ trait.column }},
    {% endfor %}
FROM newest
GROUP BY profile;

CREATE OR REPLACE TEMP VIEW resolved AS
SELECT wide.*
FROM wide
WHERE
    NOT EXISTS (SELECT 1 FROM tangled WHERE tangled.profile = wide.profile)
    AND NOT EXISTS (SELECT 1 FROM winner WHERE winner.segment_id = wide.profile)
UNION ALL
SELECT untangled.* FROM untangled;
