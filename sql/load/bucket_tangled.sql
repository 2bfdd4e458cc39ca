-- One bucket of the profiles that the others have set aside, after all of those. `hash` is DuckDB's own and may change
-- between versions: its buckets serve one step of one run.
CREATE OR REPLACE TEMP VIEW bucket_trait AS SELECT * FROM user_traits WHERE FALSE;
CREATE OR REPLACE TEMP VIEW bucket_tangled AS SELECT * FROM tangled WHERE hash(profile) % {{ buckets }} = {{ bucket }};
CREATE OR REPLACE TEMP VIEW set_aside AS SELECT * FROM tangled WHERE FALSE;
CREATE OR REPLACE TEMP TABLE bucket_person AS
SELECT * FROM person WHERE profile IN (SELECT bucket_tangled.profile FROM bucket_tangled);
CREATE OR REPLACE TEMP VIEW bucket_actual AS
SELECT * FROM actual WHERE external_id IN (SELECT bucket_person.external_id FROM bucket_person WHERE bucket_person.alive);
