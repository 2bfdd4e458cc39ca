-- What recon must find, gathered bucket by bucket by truth_bucket, truth_strangers and truth_traps.
CREATE OR REPLACE TEMP TABLE drifted (
    external_id VARCHAR, attribute VARCHAR, desired VARCHAR, actual VARCHAR, cause VARCHAR
);
CREATE OR REPLACE TEMP TABLE moved_members (external_id VARCHAR, audience VARCHAR, change VARCHAR, cause VARCHAR);
CREATE OR REPLACE TEMP TABLE missing (canonical_segment_id VARCHAR, external_id VARCHAR);
CREATE OR REPLACE TEMP TABLE duplicates (cluster VARCHAR, kind VARCHAR, keep VARCHAR, other VARCHAR);
CREATE OR REPLACE TEMP TABLE subscriptions (
    external_id VARCHAR, address VARCHAR, channel VARCHAR, group_id VARCHAR, desired VARCHAR, actual VARCHAR,
    kind VARCHAR, segment_time TIMESTAMP, braze_time TIMESTAMP
);
-- And what Currents tells of consents: not truth, but a file for Braze's side that is written last.
CREATE OR REPLACE TEMP TABLE changes (
    id VARCHAR, happened_at TIMESTAMP, user_id VARCHAR, external_user_id VARCHAR, channel VARCHAR, group_id VARCHAR,
    address VARCHAR, identifier VARCHAR, told_channel VARCHAR, status VARCHAR, source VARCHAR
);
CREATE OR REPLACE TEMP TABLE suppressed (user_id VARCHAR, suppressed_at TIMESTAMP);
CREATE OR REPLACE TEMP TABLE counts (
    segment BIGINT, braze BIGINT, matched BIGINT, only_in_braze BIGINT, nulls_kept BIGINT
);
