-- Who enters and leaves each audience, for truth.json.
SELECT audience, count(*) FILTER (change = 'enter') AS enter, count(*) FILTER (change = 'leave') AS leave
FROM moved_members
GROUP BY audience
ORDER BY audience;
