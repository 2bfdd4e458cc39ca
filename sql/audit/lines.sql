-- Every opt-out, those that matter most first.
SELECT * EXCLUDE (name) REPLACE (name AS person)
FROM opt_out
ORDER BY messages DESC, reachable DESC, what DESC, coalesce(since, first_seen), opt_out.person, field
LIMIT $most;
