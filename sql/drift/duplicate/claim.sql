-- Whose the identifiers are that matter here: those that profiles without an external id carry as aliases, and those of
-- people who lack an alias. Of two claims to one identifier the newest counts, as with user_ids.
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT type, name AS value FROM held_alias WHERE holder IS NOT NULL
UNION
SELECT identifier.type, identifier.value
FROM user_identifiers AS identifier
LEFT JOIN winner ON identifier.canonical_segment_id = winner.segment_id
INNER JOIN lacking
    ON coalesce(winner.profile, identifier.canonical_segment_id) = lacking.profile AND identifier.type = lacking.type;

CREATE OR REPLACE TEMP TABLE claim AS
SELECT
    identifier.type,
    identifier.value,
    coalesce(winner.profile, identifier.canonical_segment_id) AS profile,
    identifier.happened_at,
    identifier.seq
FROM user_identifiers AS identifier
INNER JOIN wanted ON identifier.type = wanted.type AND identifier.value = wanted.value
LEFT JOIN winner ON identifier.canonical_segment_id = winner.segment_id
WHERE identifier.canonical_segment_id IS NOT NULL AND identifier.value <> ''
QUALIFY
    row_number() OVER (
        PARTITION BY identifier.type, identifier.value
        ORDER BY identifier.happened_at DESC NULLS LAST, identifier.seq DESC NULLS LAST, profile ASC
    ) = 1;
