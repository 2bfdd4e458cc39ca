-- Consent into corrections. An opt-out goes first, in a stage of its own, and nothing ever takes it out of the plan; a
-- conflict is for people and never gets here. Consent costs no data points (facts/braze-rest-api §2.9).
INSERT INTO correction
SELECT
    md5(concat_ws(chr(31), made.stage, made.class, made.external_id, made.field, made.after, coalesce(made.before, ''))) AS correction_id,
    made.stage,
    made.class,
    made.external_id,
    made.field,
    made.before,
    made.after,
    made.cause,
    0 AS data_points,
    FALSE AS merges,
    'planned' AS state
FROM (
    SELECT
        CASE drift.kind WHEN 'unsubscribe' THEN 'suppress' ELSE 'attributes' END AS stage,
        drift.kind AS class,
        drift.external_id,
        coalesce('subscription_group:' || drift.group_id, drift.channel || '_subscribe') AS field,
        CAST(to_json(nullif(drift.actual, 'unknown')) AS VARCHAR) AS before,
        CAST(to_json(drift.desired) AS VARCHAR) AS after,
        CASE
            WHEN drift.kind = 'resubscribe' THEN 'opted_in'
            WHEN suppressed_id.external_id IS NULL THEN 'opted_out'
            ELSE 'suppressed'
        END AS cause
    FROM subscription_drift AS drift
    LEFT JOIN suppressed_id ON drift.external_id = suppressed_id.external_id
    WHERE drift.kind IN ('unsubscribe', 'resubscribe')
    UNION ALL
    SELECT
        'attributes' AS stage,
        'cohort' AS class,
        change.external_id,
        'subscription_group:' || change.group_id AS field,
        CAST(to_json(nullif(change.before, 'unknown')) AS VARCHAR) AS before,
        CAST(to_json(change.after) AS VARCHAR) AS after,
        change.cause
    FROM group_cohort_change AS change
) AS made;
