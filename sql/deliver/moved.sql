-- Where the profile of an external id is to be found after the identity steps that were seen to hold: under its new id,
-- in the survivor of a merge, or nowhere (NULL) after a deletion.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT
    external_id,
    class,
    CASE WHEN class <> 'delete' THEN json_extract_string(after, '$') END AS current_id
FROM result
WHERE class IN ('rename', 'merge', 'delete') AND state = 'verified';
