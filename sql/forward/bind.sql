-- The condition of currents.events.where with no event to compute it for: fails where DuckDB cannot bind it.
SELECT CAST({{ condition }} AS BOOLEAN) AS wanted
FROM (SELECT FALSE AS nothing) AS event
WHERE nothing;
