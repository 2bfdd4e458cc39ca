-- Who approved a class of a plan, if anybody did.
SELECT approved_by FROM state.approval WHERE plan = $plan AND class = $class ORDER BY approved_at LIMIT 1;
