-- The statements of one recording, in an order that does not depend on threads.
SELECT kind, person, field, moment, state, since, evidence, address, event, campaign
FROM statement
ORDER BY ALL;
