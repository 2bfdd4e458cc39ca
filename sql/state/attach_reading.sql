-- The precious database, to look something up: nothing is written, and nobody else is kept from it for long.
ATTACH {{ path }} AS state (READ_ONLY);
