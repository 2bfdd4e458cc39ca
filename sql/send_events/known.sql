-- Good objects of calls that are due which are settled already: purchases of an order that was sent in part.
SELECT count(*)
FROM event_object
INNER JOIN state.event_ledger AS settled ON event_object.event_id = settled.event_id AND event_object.line = settled.line
WHERE event_object.fault IS NULL;
