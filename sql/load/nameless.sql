-- Lines that name nobody: no Braze id, no external id, no alias.
SELECT count(*) FROM {{ table }} WHERE braze_id IS NULL AND external_id IS NULL AND user_aliases IS NULL;
