-- A base that is small enough is one bucket: all of it, tangled profiles too.
CREATE OR REPLACE TEMP VIEW bucket_trait AS SELECT * FROM user_traits;
CREATE OR REPLACE TEMP VIEW bucket_tangled AS SELECT * FROM tangled;
CREATE OR REPLACE TEMP VIEW set_aside AS SELECT * FROM tangled WHERE FALSE;
CREATE OR REPLACE TEMP VIEW bucket_person AS SELECT * FROM person;
CREATE OR REPLACE TEMP VIEW bucket_actual AS SELECT * FROM actual;
CREATE OR REPLACE TEMP VIEW bucket_desired AS SELECT * FROM desired;
