-- Drifted cells by attribute and cause.
SELECT attribute, cause, count(*) AS cells FROM attribute_drift GROUP BY attribute, cause ORDER BY attribute, cause;
