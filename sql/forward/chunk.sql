-- The events of a chunk as they are judged; type and id only of those that are quarantined, to tell which.
CREATE OR REPLACE TEMP TABLE event (
    place UBIGINT,
    file UINTEGER,
    line UBIGINT,
    key UHUGEINT,
    day DATE,
    canonical_id VARCHAR,
    fate VARCHAR,
    reason VARCHAR,
    event_type VARCHAR,
    event_id VARCHAR
);
