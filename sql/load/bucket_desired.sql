-- What is desired of one bucket: the rows behind those that the buckets before it have left, so that nothing else is read.
CREATE OR REPLACE TEMP VIEW bucket_desired AS SELECT * FROM desired WHERE rowid >= {{ done }};
