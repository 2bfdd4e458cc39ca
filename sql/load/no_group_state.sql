-- No subscription group is configured, so Braze was not asked for states.
CREATE OR REPLACE TABLE group_state (external_id VARCHAR, group_id VARCHAR, status VARCHAR, channel VARCHAR);
