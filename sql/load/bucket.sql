-- One bucket of what sql/load/partition.sql wrote.
CREATE OR REPLACE TEMP VIEW bucket_person AS SELECT * FROM person WHERE hash(profile) % {{ buckets }} = {{ bucket }};
CREATE OR REPLACE TEMP VIEW bucket_actual AS
SELECT *
FROM read_parquet(
    [{% for file in actual_files %}{{ file }}{% if not loop.last %}, {% endif %}{% endfor %}], hive_partitioning = FALSE
);
CREATE OR REPLACE TEMP VIEW bucket_trait AS
{% if trait_files %}
SELECT *
FROM read_parquet(
    [{% for file in trait_files %}{{ file }}{% if not loop.last %}, {% endif %}{% endfor %}], hive_partitioning = FALSE
);
{% else %}
SELECT * FROM user_traits WHERE FALSE;
{% endif %}
