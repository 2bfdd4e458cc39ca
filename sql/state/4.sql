-- The ledger: which events Segment has taken. `event` is the MD5 of workspace, event type and Braze's id of the event, and
-- the messageId is the same in hexadecimal. Never pruned: Braze may write an event again after any time, and Segment
-- remembers for a day only.
CREATE TABLE ledger (
    event UHUGEINT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);

-- Currents files that were read, with the version that was. A damaged one is read again, in case it was replaced.
CREATE TABLE currents_file (
    url VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    hour VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    events BIGINT NOT NULL,
    read_at TIMESTAMPTZ NOT NULL
);

-- Events, lines and files that could not be sent, as of the last reading of their file.
CREATE TABLE event_quarantine (
    url VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    event_type VARCHAR,
    event_id VARCHAR,
    reason VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);

-- The hour from which the first forwarding looked at Currents files: nothing older is ever sent unless asked for.
CREATE TABLE forward_start (hour VARCHAR NOT NULL);
