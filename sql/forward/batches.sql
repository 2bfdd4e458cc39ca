-- The chunk's requests: number, how many events, and their JSON with commas between them. No event has a line break in it,
-- so a comma before one separates two events and nothing else.
SELECT waiting.batch, count(*) AS events, encode(string_agg(event.body, ',' || chr(10))) AS body
FROM {{ waiting }} AS waiting
INNER JOIN event ON waiting.place = event.place
GROUP BY waiting.batch;
