-- How many objects each kind of request carries, and about how many bytes they are: a profile's attributes and states
-- travel in one object per stage, an identity step or a deletion in one of its own. Objects of one `turn` travel together:
-- two steps that meet in one profile never do (sql/deliver/steps.sql, sql/deliver/aliases.sql).
WITH object AS (
    SELECT
        stage AS call,
        1 AS turn,
        -- Beside what is counted for each correction: braces, the profile's id, and what says to update only.
        strlen(external_id) + 60 + sum(strlen(field) + strlen(after) + 4) AS bytes
    FROM correction
    WHERE state = 'planned' AND stage IN ('suppress', 'attributes')
    GROUP BY stage, external_id
    UNION ALL
    SELECT
        class AS call,
        row_number() OVER (
            PARTITION BY class, CASE class WHEN 'merge' THEN after ELSE external_id END ORDER BY external_id, field
        ) AS turn,
        strlen(external_id) + strlen(after) + 100 AS bytes
    FROM correction
    WHERE state = 'planned' AND stage IN ('identity', 'delete')
)

SELECT
    call,
    count(*) AS objects,
    sum(bytes) AS bytes
FROM object
GROUP BY call, turn
ORDER BY call, turn;
