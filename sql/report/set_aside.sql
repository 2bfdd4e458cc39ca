-- Corrections of a plan that are not sent any more, by field, with the last that was said of them on an earlier night.
WITH aside AS (
    SELECT stage, external_id, field
    FROM read_parquet($corrections)
    WHERE state = 'quarantined'
),

said AS (
    SELECT
        aside.external_id,
        aside.field,
        arg_max(journal.error, journal.place) AS error
    FROM state.journal
    INNER JOIN aside
        ON journal.stage = aside.stage
        AND journal.external_id = aside.external_id
        AND coalesce(journal.field, aside.field) = aside.field
    WHERE journal.error IS NOT NULL
    GROUP BY aside.external_id, aside.field
)

SELECT
    aside.field,
    coalesce(said.error, 'no reason was given') AS reason,
    count(*) AS corrections
FROM aside
LEFT JOIN said ON aside.external_id = said.external_id AND aside.field = said.field
GROUP BY aside.field, coalesce(said.error, 'no reason was given')
ORDER BY corrections DESC, aside.field, reason;
