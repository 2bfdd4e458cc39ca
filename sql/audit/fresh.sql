-- What one recording adds to the ledger, in an order that does not depend on threads; Braze may write an event twice.
SELECT DISTINCT kind, person, field, moment, state, since, evidence, address, event, campaign
FROM fresh
ORDER BY ALL;
