-- Rows that could not be read, by file and reason, with the first lines.
SELECT
    concat(source, ': ', file) AS file,
    reason,
    count(*) AS rows,
    list(line ORDER BY line)[:5] AS first_lines
FROM quarantine
GROUP BY ALL
ORDER BY ALL;
