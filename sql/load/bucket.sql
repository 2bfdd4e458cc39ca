-- One bucket of people and their rows on both sides; whatever ids a person's rows lie under, they are in one bucket. Each
-- bucket reads the files once more and keeps its share, which costs less, in time and memory, than writing all of it out
-- by bucket first. `hash` is DuckDB's own and may change between versions: its buckets serve one step of one run.
-- The people are a table, so that the planner of the queries to come knows how many they are.
CREATE OR REPLACE TEMP TABLE bucket_person AS SELECT * FROM person WHERE hash(profile) % {{ buckets }} = {{ bucket }};
CREATE OR REPLACE TEMP VIEW bucket_actual AS
SELECT * FROM actual WHERE external_id IN (SELECT bucket_person.external_id FROM bucket_person WHERE bucket_person.alive);
CREATE OR REPLACE TEMP VIEW bucket_trait AS
SELECT user_traits.*
FROM user_traits
LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
WHERE hash(coalesce(winner.profile, user_traits.canonical_segment_id)) % {{ buckets }} = {{ bucket }};
