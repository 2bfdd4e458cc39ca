-- A digest of all corrections, whatever order they were found in: of 256 parts first, so that none is large.
WITH part AS (
    SELECT
        left(correction_id, 2) AS part,
        sha256(string_agg(concat(correction_id, stage, class, state), '' ORDER BY correction_id)) AS digest
    FROM correction
    GROUP BY left(correction_id, 2)
)

SELECT sha256(coalesce(string_agg(concat(part, digest), '' ORDER BY part), '')) FROM part;
