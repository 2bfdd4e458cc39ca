-- The tables of a run without rows, for a look at suites before there is a run.
CREATE OR REPLACE TABLE work.actual (
    {% for column, name in columns %}
    {{ column }} VARCHAR,
    {% endfor %}
    external_id VARCHAR,
    braze_id VARCHAR
);
CREATE OR REPLACE TABLE work.desired (
    {% for column, name in columns %}
    {{ column }} VARCHAR,
    {% endfor %}
    external_id VARCHAR
);
CREATE OR REPLACE TABLE work.attribute_drift (
    external_id VARCHAR, attribute VARCHAR, desired VARCHAR, actual VARCHAR, cause VARCHAR, reason VARCHAR, observed_at TIMESTAMPTZ
);
CREATE OR REPLACE TABLE work.cohort_drift (external_id VARCHAR, audience VARCHAR, change VARCHAR, cause VARCHAR);
CREATE OR REPLACE TABLE work.subscription_drift (
    external_id VARCHAR,
    address VARCHAR,
    channel VARCHAR,
    group_id VARCHAR,
    desired VARCHAR,
    actual VARCHAR,
    kind VARCHAR,
    segment_time TIMESTAMPTZ,
    braze_time TIMESTAMPTZ
);
CREATE OR REPLACE TABLE work.correction (
    correction_id VARCHAR,
    stage VARCHAR,
    class VARCHAR,
    external_id VARCHAR,
    field VARCHAR,
    before VARCHAR,
    after VARCHAR,
    cause VARCHAR,
    data_points BIGINT,
    state VARCHAR
);
