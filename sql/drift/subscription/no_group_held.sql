-- No audience is held in a subscription group.
CREATE OR REPLACE TABLE group_held (
    external_id VARCHAR, key VARCHAR, address VARCHAR, number INTEGER, field VARCHAR, status VARCHAR, out_at TIMESTAMPTZ, foreign_at TIMESTAMPTZ
);
