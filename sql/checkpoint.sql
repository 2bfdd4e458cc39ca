-- Everything into the database file, nothing left in its log.
CHECKPOINT;
