-- What one recording adds to the ledger, each statement once: Braze may write an event twice.
CREATE OR REPLACE TEMP TABLE statement AS
SELECT DISTINCT kind, person, field, moment, state, since, evidence, address, event, campaign
FROM fresh;
SELECT count(*) AS statements
FROM statement;
