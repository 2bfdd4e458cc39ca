-- The precious database is closed as soon as it is not needed, so that other commands can read it.
DETACH state;
