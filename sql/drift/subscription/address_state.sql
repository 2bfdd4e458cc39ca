-- States in groups of profiles that Braze was not asked about, by what it told of others with the same address: a state
-- belongs to the address (facts/braze-rest-api §5.1). Where those differ, nothing is known.
CREATE OR REPLACE TEMP TABLE asked AS
SELECT DISTINCT external_id
FROM group_state;

CREATE OR REPLACE TEMP TABLE address_state AS
SELECT
    consent_rule.number,
    CASE consent_rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END AS address,
    min(group_state.status) AS status
FROM group_state
INNER JOIN consent_rule ON group_state.group_id = consent_rule.group_id
INNER JOIN reachable ON group_state.external_id = reachable.external_id
WHERE consent_rule.address IS NOT NULL
GROUP BY ALL
HAVING min(group_state.status) = max(group_state.status);
