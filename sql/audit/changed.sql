-- Of what a night saw, what the ledger does not say yet; and the opt-outs that stand there and were not seen any more.
CREATE OR REPLACE TEMP TABLE fresh AS
WITH last_said AS (
    SELECT
        kind,
        person,
        field,
        arg_max(state, n) AS state,
        arg_max(struct_pack(state := state, since := since, evidence := evidence, address := address), n) AS said
    FROM held
    WHERE kind IN ('opt_out', 'nameless', 'reach', 'deletion')
    GROUP BY kind, person, field
)

SELECT night.*, $at AS moment, CAST(NULL AS VARCHAR) AS event, CAST(NULL AS VARCHAR) AS campaign
FROM night
LEFT JOIN last_said ON night.kind = last_said.kind AND night.person = last_said.person AND night.field = last_said.field
WHERE
    last_said.said IS DISTINCT FROM struct_pack(
        state := night.state, since := night.since, evidence := night.evidence, address := night.address
    )
UNION ALL
SELECT
    last_said.kind,
    last_said.person,
    last_said.field,
    'ended' AS state,
    NULL AS since,
    NULL AS evidence,
    NULL AS address,
    $at AS moment,
    NULL AS event,
    NULL AS campaign
FROM last_said
LEFT JOIN night ON last_said.kind = night.kind AND last_said.person = night.person AND last_said.field = night.field
WHERE last_said.kind IN ('opt_out', 'nameless') AND last_said.state = 'standing' AND night.person IS NULL;
