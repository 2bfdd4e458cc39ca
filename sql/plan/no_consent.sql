-- The tables about consent, empty, for a run whose drift step made none.
CREATE TABLE IF NOT EXISTS subscription_drift (
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

CREATE TABLE IF NOT EXISTS group_cohort_change (
    external_id VARCHAR,
    group_id VARCHAR,
    before VARCHAR,
    after VARCHAR,
    cause VARCHAR
);
