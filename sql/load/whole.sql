-- A base that is small enough is one bucket: all of it.
CREATE OR REPLACE TEMP VIEW bucket_trait AS SELECT * FROM user_traits;
CREATE OR REPLACE TEMP VIEW bucket_person AS SELECT * FROM person;
CREATE OR REPLACE TEMP VIEW bucket_actual AS SELECT * FROM actual;
