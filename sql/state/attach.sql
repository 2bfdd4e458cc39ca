-- The precious database beside the work database, so that one query can read both.
ATTACH {{ path }} AS state;
