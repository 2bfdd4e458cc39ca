-- What would have to be written for the memberships that differ. Not due are those whose trait changed within the quiet
-- period (`in_flight`), and those that Braze could not hold, or that nobody can read (`invalid`).
CREATE OR REPLACE TEMP TABLE member_standing AS
SELECT
    differing_member.*,
    cohort.audience,
    cohort.key,
    cohort.field,
    cohort.form,
    cohort.most,
    CASE
        WHEN differing_member.unreadable OR cohort.blocked THEN 'invalid'
        -- Something else than an array stands in its place, and writing would destroy it.
        WHEN cohort.form = 'array' AND NOT coalesce(starts_with(differing_member.held, '['), TRUE) THEN 'invalid'
        WHEN recent.external_id IS NOT NULL THEN 'in_flight'
    END AS standing
FROM differing_member
INNER JOIN cohort ON differing_member.number = cohort.number
LEFT JOIN recent ON differing_member.external_id = recent.external_id AND cohort.audience = recent.trait;

-- One value per profile and attribute. An array is written whole, never by Braze's add and remove operators: a set
-- converges when it is sent again. What stays keeps its order, foreign values with it; keys are added at the end, as far
-- as there is room (facts/braze-rest-api §2.5).
CREATE OR REPLACE TABLE cohort_change AS
WITH
moving AS (
    SELECT
        external_id,
        field,
        any_value(held) AS held,
        any_value(most) AS most,
        coalesce(list(key) FILTER (WHERE change = 'leave'), []) AS leaving,
        coalesce(list(key ORDER BY number) FILTER (WHERE change = 'enter'), []) AS entering
    FROM member_standing
    WHERE form = 'array' AND standing IS NULL
    GROUP BY external_id, field
),

staying AS (
    SELECT
        *,
        list_filter(
            coalesce(elements(held), []), lambda element: NOT list_contains(leaving, element)
        ) AS kept
    FROM moving
),

fitting AS (
    SELECT
        * EXCLUDE (entering),
        entering[1:greatest(most - len(kept), 0)] AS entering
    FROM staying
)

SELECT
    external_id,
    field,
    held AS before,
    concat('[', array_to_string(list_concat(kept, entering), ','), ']') AS after,
    entering
FROM fitting
WHERE len(leaving) + len(entering) > 0
UNION ALL
SELECT
    external_id,
    field,
    held AS before,
    CASE WHEN change = 'enter' THEN 'true' ELSE 'false' END AS after,
    [key] AS entering
FROM member_standing
WHERE form = 'attribute' AND standing IS NULL
UNION ALL
SELECT
    external_id,
    field,
    held AS before,
    CASE WHEN change = 'enter' THEN '"subscribed"' ELSE '"unsubscribed"' END AS after,
    [key] AS entering
FROM member_standing
WHERE form = 'subscription_group' AND standing IS NULL;
