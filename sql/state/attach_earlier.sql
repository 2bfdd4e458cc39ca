-- The last run that saw both sides, to compare with.
ATTACH {{ path }} AS earlier (READ_ONLY);
