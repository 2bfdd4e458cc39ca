-- Where recon made somebody leave a subscription group, so that the same person may enter it again: an opt-out there that
-- was not ours is the person's own.
CREATE TABLE group_leave (
    external_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    left_at TIMESTAMPTZ NOT NULL
);
