-- One canonical profile, several external ids alive in Braze: each but the survivor is to be merged into the survivor.
-- The survivor is the person's external id, the first by identity.keep among those alive; so merges are stars.
INSERT INTO found
SELECT
    'merge' AS kind,
    external_id AS keep,
    user_id AS other,
    NULL AS label,
    concat('canonical profile ', profile, ' owns both') AS reason
FROM twin
WHERE alive AND user_id <> external_id;
