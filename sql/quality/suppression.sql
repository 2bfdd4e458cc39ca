-- Measures of the suppression list: rows that suppress nobody.
SELECT count(*) FILTER (WHERE coalesce(user_id, '') = '') AS nameless
FROM suppression;
