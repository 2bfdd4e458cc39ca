-- Segment's events on their way to Braze, which knows no idempotency key: an object that may have been sent is never sent
-- again before the profile has told whether it arrived.

-- The ledger: one row for every object that is settled. `event_id` is the MD5 of Segment's messageId, `line` is 0 for a
-- custom event and the place of the product, from 1, for a purchase. `key` stands for profile, kind and name: what Braze
-- counts together. States: accepted, rejected, unknown (nobody can tell, so never again).
CREATE TABLE event_ledger (
    event_id UHUGEINT NOT NULL,
    line INTEGER NOT NULL,
    key UBIGINT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    state VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);

-- What is being sent, or was when recon ended: written before the request, taken out when the answer is noted. Of one
-- profile's events of one name never more than one is here. `held` is how many Braze held before this one, where that
-- was looked at; `late`: others as new as this one were sent before it.
CREATE TABLE event_doubt (
    place BIGINT NOT NULL,
    event_id UHUGEINT NOT NULL,
    line INTEGER NOT NULL,
    message_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    external_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    key UBIGINT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    quantity INTEGER NOT NULL,
    held BIGINT,
    late BOOLEAN NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);

-- One row: nothing that happened before `moment` is ever sent any more, for the ledger has forgotten what was.
CREATE TABLE event_watermark (moment TIMESTAMPTZ NOT NULL);
