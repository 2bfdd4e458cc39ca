-- What a night saw: states, each of which is told once and again when it has changed. Where Segment says since when, that
-- counts; else what Braze's Currents say; else nothing does, and only the night is known that saw it first. Addresses are told by their
-- pseudonyms, as in report.sql.
CREATE OR REPLACE TEMP TABLE night AS
WITH seen AS (
    SELECT
        opted.*,
        deletion.asked_at,
        left(sha256($outer || unhex(sha256($inner || encode(opted.address)))), 12) AS pseudonym
    FROM read_parquet($opted_out) AS opted
    LEFT JOIN read_parquet($deletion) AS deletion ON opted.person = deletion.person AND NOT opted.nameless
)

SELECT
    CASE WHEN nameless THEN 'nameless' ELSE 'opt_out' END AS kind,
    person,
    field,
    'standing' AS state,
    strftime(
        CASE WHEN suppressed THEN coalesce(asked_at, stated_at) WHEN stated THEN stated_at ELSE out_at END, '%Y-%m-%dT%H:%M:%SZ'
    ) AS since,
    CASE
        WHEN suppressed AND asked_at IS NULL THEN 'suppression of an address'
        WHEN suppressed THEN 'suppression'
        WHEN stated AND stated_at IS NULL THEN 'segment, without a time'
        WHEN stated THEN 'segment'
        WHEN out_at IS NOT NULL THEN 'only braze, by currents'
        ELSE 'only braze'
    END AS evidence,
    pseudonym AS address
FROM seen
UNION ALL
SELECT
    'reach' AS kind,
    person,
    field,
    actual AS state,
    NULL AS since,
    NULL AS evidence,
    NULL AS address
FROM seen
UNION ALL
SELECT
    'deletion' AS kind,
    person,
    '' AS field,
    CASE WHEN present THEN 'present' ELSE 'absent' END AS state,
    strftime(asked_at, '%Y-%m-%dT%H:%M:%SZ') AS since,
    NULL AS evidence,
    NULL AS address
FROM read_parquet($deletion);
