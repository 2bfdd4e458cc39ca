-- Moves the watermark and forgets what lies before it: nothing of that can be sent any more. In one transaction.
UPDATE state.event_watermark SET moment = greatest(moment, $moment);
DELETE FROM state.event_ledger WHERE happened_at < (SELECT moment FROM state.event_watermark);
