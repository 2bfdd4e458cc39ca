-- Of a run older than what was recorded last, only what was sent and proven is new.
CREATE OR REPLACE TEMP TABLE fresh (
    kind VARCHAR, person VARCHAR, field VARCHAR, state VARCHAR, since VARCHAR, evidence VARCHAR, address VARCHAR, moment VARCHAR,
    event VARCHAR, campaign VARCHAR
);
