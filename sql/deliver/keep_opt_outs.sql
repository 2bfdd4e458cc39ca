-- What a profile that is to survive a merge must stay opted out of: what either profile is opted out of in Braze, and
-- the opt-outs of either that this plan has pushed, which Braze may not show yet.
CREATE TABLE IF NOT EXISTS kept_opt_out (plan VARCHAR, external_id VARCHAR, field VARCHAR);

INSERT INTO kept_opt_out
SELECT $plan, row.external_id, row.field
FROM (
    SELECT unnest(from_json($kept, '[{"external_id": "VARCHAR", "field": "VARCHAR"}]')) AS row
) AS kept;

INSERT INTO kept_opt_out
SELECT $plan, pair.row.survivor, result.field
FROM (
    SELECT unnest(from_json($joined, '[{"external_id": "VARCHAR", "survivor": "VARCHAR"}]')) AS row
) AS pair
INNER JOIN result ON result.external_id IN (pair.row.external_id, pair.row.survivor)
WHERE result.class = 'unsubscribe' AND result.state <> 'rejected';
