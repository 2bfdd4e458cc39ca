-- One object per profile, as JSON, carrying all its corrections of a stage: update only, so that nobody is created or
-- brought back (facts/braze-rest-api §10.19), and merging, where a nested object goes along, so that sibling keys
-- survive. What this plan has already had an answer for is left out: that is how a delivery resumes.
-- A newcomer's opt-outs go before the `identify`, so the profile is called by its alias.
-- A profile with an open identity step waits for it; one that was renamed is called by its new id.
-- A profile's opt-outs go along once more with its attributes: requests of one profile can undo each other, and a
-- workspace may take a new e-mail address for a new consent (§2.8, §5.1). They cost nothing.
-- The members of an object come in no order: none has a meaning, and an ordered aggregate costs more than all the rest.
-- A row is one request's worth of objects, at most $together: how many, of how many corrections, whose (JSON), how many
-- bytes each has (JSON), and the objects with a comma between two.
WITH
open_step AS (
    SELECT external_id FROM result
    WHERE class IN ('identify', 'rename', 'merge') AND state IN ('planned', 'sending', 'accepted', 'unknown')
    UNION
    SELECT json_extract_string(after, '$') AS external_id FROM result
    WHERE class = 'merge' AND state IN ('planned', 'sending', 'accepted', 'unknown')
),

due AS (
    SELECT result.external_id, result.field, result.after, result.merges
    FROM result
    LEFT JOIN open_step ON result.external_id = open_step.external_id AND result.stage = 'attributes'
    WHERE result.stage = $stage AND result.state IN ('planned', 'sending', 'unknown') AND open_step.external_id IS NULL
),

carried AS (
    SELECT external_id, field, after, merges, TRUE AS counts FROM due
    UNION ALL
    SELECT result.external_id, result.field, result.after, FALSE AS merges, FALSE AS counts
    FROM result
    WHERE
        $stage = 'attributes'
        AND result.class = 'unsubscribe'
        AND result.external_id IN (SELECT due.external_id FROM due)
),

one AS (
    SELECT
        carried.external_id,
        count(*) FILTER (WHERE carried.counts) AS corrections,
        concat(
            CASE
                WHEN $stage = 'suppress' AND any_value(newcomer.external_id) IS NOT NULL
                    THEN concat(
                        '{"user_alias":{"alias_label":', CAST(to_json(any_value(newcomer.label)) AS VARCHAR),
                        ',"alias_name":', CAST(to_json(any_value(newcomer.name)) AS VARCHAR), '}'
                    )
                ELSE concat('{"external_id":', CAST(to_json(coalesce(any_value(moved.current_id), carried.external_id)) AS VARCHAR))
            END,
            ',"_update_existing_only":true',
            CASE WHEN bool_or(carried.merges) THEN ',"_merge_objects":true' ELSE '' END,
            string_agg(concat(',', CAST(to_json(carried.field) AS VARCHAR), ':', carried.after), '')
                FILTER (WHERE NOT starts_with(carried.field, 'subscription_group:')),
            ',"subscription_groups":[' || string_agg(
                concat(
                    '{"subscription_group_id":', CAST(to_json(substr(carried.field, 20)) AS VARCHAR),
                    ',"subscription_state":', carried.after, '}'
                ),
                ','
            ) FILTER (WHERE starts_with(carried.field, 'subscription_group:')) || ']',
            '}'
        ) AS object
    FROM carried
    LEFT JOIN moved ON carried.external_id = moved.external_id AND moved.class = 'rename'
    LEFT JOIN newcomer ON carried.external_id = newcomer.external_id
    GROUP BY carried.external_id
),

numbered AS (
    SELECT corrections, external_id, object, row_number() OVER (ORDER BY external_id) - 1 AS place
    FROM one
    ORDER BY external_id
    LIMIT $most
),

packed AS (
    SELECT
        place // $together AS request,
        sum(corrections) AS corrections,
        list({'external_id': external_id, 'object': object} ORDER BY place) AS objects
    FROM numbered
    GROUP BY request
)

SELECT
    len(objects) AS objects,
    corrections,
    CAST(to_json(list_transform(objects, lambda each: each.external_id)) AS VARCHAR) AS external_ids,
    CAST(to_json(list_transform(objects, lambda each: strlen(each.object))) AS VARCHAR) AS sizes,
    encode(array_to_string(list_transform(objects, lambda each: each.object), ',')) AS body
FROM packed
ORDER BY request;
