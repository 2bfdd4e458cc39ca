-- What some survivors must stay opted out of.
SELECT DISTINCT external_id, field
FROM state.kept_opt_out
WHERE run = $run AND plan = $plan AND list_contains($survivors, external_id)
ORDER BY ALL;
