-- Opt-outs that Braze has taken, and those that were read back, by the journal: each once.
INSERT INTO fresh
WITH sent AS (
    SELECT correction.external_id, correction.field
    FROM read_parquet($corrections) AS correction
    WHERE correction.class = 'unsubscribe'
),

noted AS (
    SELECT
        CASE journal.state WHEN 'verified' THEN 'proven' ELSE 'pushed' END AS kind,
        sent.external_id AS person,
        sent.field,
        journal.state,
        strftime(min(journal.noted_at), '%Y-%m-%dT%H:%M:%SZ') AS moment
    FROM state.journal AS journal
    INNER JOIN sent ON journal.external_id = sent.external_id AND coalesce(journal.field, sent.field) = sent.field
    WHERE
        journal.run = $run
        AND journal.stage = 'suppress'
        AND journal.state IN ('accepted', 'unknown', 'rejected', 'verified', 'not_applied')
    GROUP BY ALL
)

SELECT
    noted.kind,
    noted.person,
    noted.field,
    noted.state,
    NULL AS since,
    NULL AS evidence,
    NULL AS address,
    noted.moment,
    $run AS event,
    NULL AS campaign
FROM noted
ANTI JOIN held
    ON
        noted.kind = held.kind
        AND noted.person = held.person
        AND noted.field = held.field
        AND noted.state = held.state
        AND $run = held.event;
