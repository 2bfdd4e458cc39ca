-- Every user_id and the profile that owns it now; of two claims the newest counts. Ids are opaque bytes: never trimmed,
-- lower-cased or parsed.
CREATE OR REPLACE TABLE user_id AS
SELECT
    identifier.value AS user_id,
    coalesce(winner.profile, identifier.canonical_segment_id) AS profile,
    identifier.happened_at
FROM user_identifiers AS identifier
LEFT JOIN winner ON identifier.canonical_segment_id = winner.segment_id
WHERE identifier.type = 'user_id' AND identifier.value IS NOT NULL AND identifier.canonical_segment_id IS NOT NULL
QUALIFY
    row_number() OVER (
        PARTITION BY identifier.value
        ORDER BY identifier.happened_at DESC NULLS LAST, identifier.seq DESC NULLS LAST, profile ASC
    ) = 1;
