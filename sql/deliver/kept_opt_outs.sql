-- What some survivors must stay opted out of.
CREATE TABLE IF NOT EXISTS kept_opt_out (plan VARCHAR, external_id VARCHAR, field VARCHAR);

SELECT DISTINCT kept_opt_out.external_id, kept_opt_out.field
FROM kept_opt_out
WHERE kept_opt_out.plan = $plan AND list_contains($survivors, kept_opt_out.external_id)
ORDER BY ALL;
