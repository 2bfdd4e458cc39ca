-- A person's word for one class of one plan, by the plan's hash.
INSERT INTO state.approval (plan, class, run, approved_by, approved_at) VALUES ($plan, $class, $run, $by, now());
