-- What the corrections that are not withheld cost, and what is saved by not sending what Braze holds already: the values
-- and memberships that Segment states and recon may write, without those that differ in more than spelling. The last addend is 0, and
-- makes one row of `desired` where no attribute is mapped at all.
SELECT
    (SELECT coalesce(sum(data_points) FILTER (WHERE state = 'planned'), 0) FROM correction) AS data_points,
    (
        SELECT
            {% for cell in cells if cell.owner == 'segment' %}
            {% if cell.is_object or cell.same in ('set', 'list') %}
            coalesce(sum(data_points({{ cell.column }}, {{ raw('TRUE') if cell.is_object else raw('FALSE') }})) FILTER (WHERE {{ cell.column }} <> 'null'), 0) +
            {% else %}
            count(*) FILTER (WHERE {{ cell.column }} <> 'null') +
            {% endif %}
            {% endfor %}
            count(*) FILTER (WHERE FALSE)
        FROM desired
    ) - (
        SELECT coalesce(sum(data_points(differing.desired, cell.is_object)), 0)
        FROM (
            SELECT * FROM attribute_drift
            UNION ALL
            SELECT * FROM newcomer_attribute
        ) AS differing
        INNER JOIN cell ON differing.attribute = cell.attribute
        WHERE
            cell.owner = 'segment'
            AND differing.cause NOT IN ('format', 'invalid')
            AND differing.desired <> 'null'
    )
    {% for field in fields_of_cohorts %}
    + (
        SELECT count(*)
        FROM desired
        ANTI JOIN (
            SELECT external_id, field FROM cohort_drift
            UNION ALL
            SELECT external_id, field FROM newcomer_cohort
        ) AS differing
            ON desired.external_id = differing.external_id AND differing.field = {{ field.name }}
        WHERE FALSE{% for cohort in cohorts if cohort.field == field %} OR desired.{{ cohort.column }} IS NOT NULL{% endfor %}

    )
    {% endfor %} AS avoided;
