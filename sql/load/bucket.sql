-- One bucket: the profiles whose ids lie in a range. Each bucket reads the files once more and keeps its share, which costs
-- less, in time and memory, than writing all of it out by bucket first; and a range is what a Parquet reader can pass rows
-- over by, whole row groups of them where a file is in the order of its ids. Rows of tangled profiles may lie in several
-- buckets, so these profiles are set aside for sql/load/bucket_tangled.sql.
-- The people are a table, so that the planner of the queries to come knows how many they are.
CREATE OR REPLACE TEMP VIEW bucket_trait AS
SELECT *
FROM user_traits
WHERE
    TRUE
    {% if lower is not none %}
    AND canonical_segment_id >= {{ lower }}
    {% endif %}
    {% if upper is not none %}
    AND canonical_segment_id < {{ upper }}
    {% endif %}
;
CREATE OR REPLACE TEMP VIEW bucket_tangled AS SELECT * FROM tangled WHERE FALSE;
CREATE OR REPLACE TEMP VIEW set_aside AS SELECT * FROM tangled;
CREATE OR REPLACE TEMP TABLE bucket_person AS
SELECT *
FROM person
WHERE
    TRUE
    {% if lower is not none %}
    AND profile >= {{ lower }}
    {% endif %}
    {% if upper is not none %}
    AND profile < {{ upper }}
    {% endif %}
;
CREATE OR REPLACE TEMP VIEW bucket_actual AS
SELECT * FROM actual WHERE external_id IN (SELECT bucket_person.external_id FROM bucket_person WHERE bucket_person.alive);
