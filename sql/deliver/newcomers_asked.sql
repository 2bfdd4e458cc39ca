-- The aliases of newcomers among the profiles asked about that no `identify` has been seen to give an id.
SELECT newcomer.label, newcomer.name
FROM newcomer
INNER JOIN (SELECT unnest(from_json($asked, '["VARCHAR"]')) AS external_id) AS asked
    ON newcomer.external_id = asked.external_id
WHERE newcomer.external_id NOT IN (SELECT result.external_id FROM result WHERE result.class = 'identify' AND result.state = 'verified')
ORDER BY newcomer.label, newcomer.name;
