-- The ledger before its first file.
CREATE OR REPLACE TEMP TABLE held (
    n INTEGER, kind VARCHAR, person VARCHAR, field VARCHAR, moment VARCHAR, state VARCHAR, since VARCHAR, evidence VARCHAR,
    address VARCHAR, event VARCHAR, campaign VARCHAR
);
