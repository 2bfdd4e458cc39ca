-- What the survivor of a merge or an identify must stay opted out of, noted before the step is sent. It outlives the run:
-- if nobody goes on with a delivery that broke off in between, the next plan makes up for it. The step is told by the
-- profile that it is about (`step_id`) and its field.
CREATE TABLE kept_opt_out (
    run VARCHAR NOT NULL,
    plan VARCHAR NOT NULL,
    step_id VARCHAR NOT NULL,
    step_field VARCHAR NOT NULL,
    external_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL
);
