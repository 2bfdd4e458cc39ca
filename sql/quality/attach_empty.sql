-- The place for the tables of a run that there is not yet.
ATTACH ':memory:' AS work;
