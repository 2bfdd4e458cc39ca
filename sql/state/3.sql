-- Approvals: a person's word that one class of corrections of one plan, told by its hash, may be sent.
CREATE TABLE approval (
    plan VARCHAR NOT NULL,
    class VARCHAR NOT NULL,
    run VARCHAR NOT NULL,
    approved_by VARCHAR NOT NULL,
    approved_at TIMESTAMPTZ NOT NULL
);
