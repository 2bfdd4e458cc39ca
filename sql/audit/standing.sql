-- The opt-outs that stand, with the moment from which no message may be sent: what they say themselves, else the night that
-- saw them first.
CREATE OR REPLACE TEMP TABLE standing AS
WITH said AS (
    SELECT n, person, field, moment, state, since FROM held WHERE kind IN ('opt_out', 'nameless')
    UNION ALL
    SELECT 1000000 AS n, person, field, moment, state, since FROM fresh WHERE kind IN ('opt_out', 'nameless')
),

last_end AS (
    SELECT person, field, max(n) AS n FROM said WHERE state = 'ended' GROUP BY person, field
)

SELECT
    said.person,
    said.field,
    coalesce(arg_max(said.since, said.n), min(said.moment)) AS since
FROM said
LEFT JOIN last_end ON said.person = last_end.person AND said.field = last_end.field
WHERE said.n > coalesce(last_end.n, 0)
GROUP BY said.person, said.field;

-- Whom a message without an external id is told of: a profile that can be named, if the address has one.
CREATE OR REPLACE TEMP TABLE barred_address AS
SELECT
    opted.address,
    opted.field,
    min_by(opted.person, opted.nameless) AS person
FROM read_parquet($opted_out) AS opted
WHERE opted.address IS NOT NULL
GROUP BY opted.address, opted.field;
