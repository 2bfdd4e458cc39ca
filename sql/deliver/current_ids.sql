-- Under which ids the profiles asked about are to be found now; one that was deleted is not asked for.
SELECT DISTINCT coalesce(moved.current_id, asked.external_id) AS current_id
FROM (SELECT unnest(from_json($asked, '["VARCHAR"]')) AS external_id) AS asked
LEFT JOIN moved ON asked.external_id = moved.external_id
WHERE moved.class IS DISTINCT FROM 'delete'
ORDER BY current_id;
