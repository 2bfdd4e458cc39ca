-- The events of a chunk as they are judged.
CREATE OR REPLACE TEMP TABLE event (
    place UBIGINT,
    file UINTEGER,
    line UBIGINT,
    event_type VARCHAR,
    event_id VARCHAR,
    key UHUGEINT,
    canonical_id VARCHAR,
    fate VARCHAR,
    reason VARCHAR
);
