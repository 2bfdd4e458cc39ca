-- What Braze should hold: one row per person that is alive in Braze and not suppressed, one column per attribute, as the
-- JSON text that recon would send; filled bucket by bucket. NULL: Segment states nothing. 'null': an explicit null.
-- `notes` lists, for the few that have any, the cells that cannot be read (`reason`) and those whose source is only
-- spelled differently (`tidy`), both with the source. Memberships of audiences stand beside the attributes.
INSERT INTO desired
WITH
given AS (
    SELECT
        bucket_person.external_id,
        {% for cell in cells %}
        {{ cell.given }} AS {{ cell.column }},
        {% if cell.tidy %}
        {{ cell.source }} AS {{ cell.beside('source') }},
        {% endif %}
        {% endfor %}
        {% for cohort in cohorts %}
        membership({{ cohort.trait }}) AS {{ cohort.column }},
        {% endfor %}
    FROM bucket_person
    LEFT JOIN resolved ON bucket_person.profile = resolved.profile
    WHERE
        bucket_person.alive
        AND NOT bucket_person.suppressed
        AND NOT EXISTS (SELECT 1 FROM set_aside WHERE set_aside.profile = bucket_person.profile)
),

read AS (
    SELECT
        external_id,
        {% for cell in cells %}
        {{ cell.column }} AS {{ cell.beside('given') }},
        {{ cell.reading }} AS {{ cell.column }},
        {% if cell.tidy %}
        CAST(to_json(unquoted({{ cell.beside('source') }})) AS VARCHAR) AS {{ cell.beside('source') }},
        {% endif %}
        {% endfor %}
        {% for cohort in cohorts %}
        {{ cohort.column }},
        {% endfor %}
    FROM given
    {% for cell in cells if cell.words %}
    LEFT JOIN words AS {{ cell.beside('words') }}
        ON {{ cell.beside('words') }}.kind = {{ cell.words }} AND {{ cell.word }} = {{ cell.beside('words') }}.word
    {% endfor %}
),

-- A type that Braze forces comes last, and an explicit null passes every reading by.
stored AS (
    SELECT
        external_id,
        {% for cell in cells %}
        {{ cell.beside('given') }},
        CASE WHEN {{ cell.beside('given') }} = 'null' THEN 'null' ELSE {{ cell.coerced }} END AS {{ cell.column }},
        {% if cell.tidy %}
        {{ cell.beside('source') }},
        {% endif %}
        {% endfor %}
        {% for cohort in cohorts %}
        {{ cohort.column }},
        {% endfor %}
    FROM read
)

SELECT
    external_id,
    {% for cell in cells %}
    {{ cell.column }},
    {% endfor %}
    {% for cohort in cohorts %}
    {{ cohort.column }},
    {% endfor %}
    {% if not cells %}
    NULL::STRUCT(attribute VARCHAR, source VARCHAR, reason VARCHAR, tidy VARCHAR)[] AS notes
    {% else %}
    CASE
        WHEN
            {% for cell in cells %}
            ({{ cell.beside('given') }} IS NOT NULL AND {{ cell.column }} IS NULL)
            {% if cell.tidy %}
            OR ({{ cell.beside('source') }} <> {{ cell.neat }} AND {{ cell.column }} <> 'null')
            {% endif %}
            {% if not loop.last %} OR{% endif %}

            {% endfor %}
            THEN
                list_filter([
                    {% for cell in cells %}
                    CASE
                        WHEN {{ cell.beside('given') }} IS NOT NULL AND {{ cell.column }} IS NULL
                            THEN {'attribute': {{ cell.name }}, 'source': as_written({{ cell.beside('given') }}), 'reason': {{ cell.unreadable }}, 'tidy': NULL}
                        {% if cell.tidy %}
                        WHEN {{ cell.beside('source') }} <> {{ cell.neat }} AND {{ cell.column }} <> 'null'
                            THEN {'attribute': {{ cell.name }}, 'source': {{ cell.beside('source') }}, 'reason': NULL, 'tidy': {{ cell.tidy }}}
                        {% endif %}
                    END{% if not loop.last %},{% endif %}

                    {% endfor %}
                ], lambda note: note IS NOT NULL)
    END AS notes
    {% endif %}
FROM stored;
