-- A database that only writes calls: what it reads comes out in the same order, on the thread that asks. There is nothing
-- to optimize, and to find that out for some thirty columns takes as long as writing a thousand calls.
SET threads = 1;
SET preserve_insertion_order = TRUE;
PRAGMA disable_optimizer;
