-- The day of the event itself (UTC): Braze writes an event again with the time that it had, so only what was sent of that day
-- needs to be looked through, however long the ledger has grown. NULL: sent before this column was here.
ALTER TABLE ledger ADD COLUMN day DATE;
