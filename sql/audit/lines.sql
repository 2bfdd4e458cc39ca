-- Every opt-out, those that matter most first.
SELECT * FROM opt_out
ORDER BY messages DESC, reachable DESC, what DESC, coalesce(since, first_seen), person, field
LIMIT $most;
