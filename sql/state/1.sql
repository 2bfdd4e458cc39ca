-- The precious database: what was sent and what came of it. Rows are only ever added; the last one of an object counts.
CREATE SEQUENCE journal_place;

-- `field` is NULL where a state holds for everything that one object carried. `plan` is the plan's hash; the `run` stands
-- beside it because the same drift on another night makes the same plan, and that has to be delivered again.
CREATE TABLE journal (
    place BIGINT DEFAULT nextval('journal_place'),
    run VARCHAR NOT NULL,
    plan VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    external_id VARCHAR NOT NULL,
    field VARCHAR,
    state VARCHAR NOT NULL,
    request_id VARCHAR,
    error VARCHAR,
    noted_at TIMESTAMPTZ NOT NULL
);

-- Values that Braze refused or did not keep, once per run, until they hold. `value` is the MD5 of the JSON text: whether
-- it is the same again is all that is asked of it.
CREATE TABLE not_held (
    run VARCHAR NOT NULL,
    external_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);
