-- Who approved a class of a run's plan, if anybody did.
SELECT approved_by FROM state.approval WHERE plan = $plan AND class = $class AND run = $run ORDER BY approved_at LIMIT 1;
