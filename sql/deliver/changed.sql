-- Profiles that an identity step has changed in this plan and whose attributes are still to be sent: they are read again.
SELECT DISTINCT due.external_id
FROM result AS due
INNER JOIN result AS step
    ON due.external_id = CASE step.class WHEN 'merge' THEN json_extract_string(step.after, '$') ELSE step.external_id END
WHERE
    due.stage = 'attributes'
    AND due.state IN ('planned', 'unknown')
    AND step.class IN ('identify', 'merge')
    AND step.state = 'verified'
ORDER BY due.external_id;
