-- The tables of a run, to look at only.
ATTACH {{ path }} AS work (READ_ONLY);
