-- Deletions that were asked for, those not done first.
SELECT name AS person, asked_at, first_seen, braze, absent_at
FROM deletion
ORDER BY braze = 'present' DESC, asked_at, deletion.person
LIMIT $most;
