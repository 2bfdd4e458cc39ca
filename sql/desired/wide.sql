-- One row per Segment profile of a bucket and one column per trait of the mapping, in a single pass over the narrow table.
-- A row without a value is an explicit null. `filled` against `trait_rows` finds, for free, the profiles that have a trait
-- twice; those and the merged ones are `tangled` and are done again below, newest row first.
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

CREATE OR REPLACE TEMP TABLE tangled AS
SELECT DISTINCT coalesce(winner.profile, wide.profile) AS profile
FROM wide
LEFT JOIN winner ON wide.profile = winner.segment_id
WHERE
    winner.segment_id IS NOT NULL
    OR wide.trait_rows <> (
        {% for trait in traits %}
        CAST(wide.{{ trait.column }} IS NOT NULL AS INTEGER){% if not loop.last %} +{% endif %}

        {% endfor %}
    );

-- Every id under which rows of a tangled profile may lie.
CREATE OR REPLACE TEMP TABLE tangled_id AS
SELECT profile AS segment_id, profile FROM tangled
UNION ALL
SELECT winner.segment_id, winner.profile
FROM winner
INNER JOIN tangled ON winner.profile = tangled.profile;

-- The newest row of each trait wins, wherever it lies; a row without a time is the oldest (rulings, "Profiles").
CREATE OR REPLACE TEMP TABLE untangled AS
WITH newest AS (
    SELECT
        tangled_id.profile,
        bucket_trait.name,
        bucket_trait.value
    FROM bucket_trait
    INNER JOIN tangled_id ON bucket_trait.canonical_segment_id = tangled_id.segment_id
    WHERE bucket_trait.name IN ({% for trait in traits %}{{ trait.name }}{% if not loop.last %}, {% endif %}{% endfor %})
    QUALIFY
        row_number() OVER (
            PARTITION BY tangled_id.profile, bucket_trait.name
            ORDER BY
                bucket_trait.happened_at DESC NULLS LAST,
                bucket_trait.seq DESC NULLS LAST,
                bucket_trait.canonical_segment_id = tangled_id.profile DESC,
                bucket_trait.value ASC NULLS FIRST
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
