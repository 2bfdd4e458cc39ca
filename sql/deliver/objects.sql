-- One object per profile, as JSON, carrying all its corrections: update only, so that nobody is created or brought back
-- (facts/braze-rest-api §10.19), and merging, where a nested object goes along, so that sibling keys survive.
-- Objects that this plan has already had an answer for are left out: that is how a delivery resumes.
SELECT
    correction.external_id,
    count(*) AS corrections,
    concat(
        '{"external_id":', CAST(to_json(correction.external_id) AS VARCHAR),
        ',"_update_existing_only":true',
        CASE WHEN bool_or(correction.merges) THEN ',"_merge_objects":true' ELSE '' END,
        string_agg(concat(',', CAST(to_json(correction.field) AS VARCHAR), ':', correction.after), '' ORDER BY correction.field),
        '}'
    ) AS object
FROM correction
LEFT JOIN answered ON correction.external_id = answered.external_id AND correction.stage = answered.stage
WHERE correction.state = 'planned' AND correction.stage = $stage AND answered.external_id IS NULL
GROUP BY correction.external_id
ORDER BY correction.external_id
LIMIT $most;
