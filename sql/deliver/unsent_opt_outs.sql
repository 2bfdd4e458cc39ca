-- Opt-outs that have not been pushed once.
SELECT count(*) AS waiting FROM result WHERE class = 'unsubscribe' AND state = 'planned';
