-- What was not sent, or may not have been, and why: for people to read. Identifiers and names only, no properties.
CREATE OR REPLACE TEMP TABLE not_sent (
    state VARCHAR,
    reason VARCHAR,
    message_id VARCHAR,
    external_id VARCHAR,
    kind VARCHAR,
    name VARCHAR,
    happened_at TIMESTAMPTZ,
    file VARCHAR,
    line BIGINT
);
