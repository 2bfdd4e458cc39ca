-- After the last round: an id points to what it lay under in its round, which may since lie under another.
CREATE OR REPLACE TEMP TABLE pointer AS SELECT id, root FROM pointed;
