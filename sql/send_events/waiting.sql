-- Objects in the outbox.
SELECT count(*) FROM outbox;
