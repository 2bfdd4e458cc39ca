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
        CASE kind WHEN 'unsubscribe' THEN 'suppress' ELSE 'attributes' END AS stage,
        kind AS class,
        external_id,
        field,
        CAST(to_json(nullif(actual, 'unknown')) AS VARCHAR) AS before,
        CAST(to_json(desired) AS VARCHAR) AS after,
        CASE WHEN kind = 'resubscribe' THEN 'opted_in' WHEN suppressed THEN 'suppressed' ELSE 'opted_out' END AS cause
    FROM (
        SELECT * FROM subscription_drift WHERE kind IN ('unsubscribe', 'resubscribe')
        UNION ALL
        SELECT * FROM newcomer_consent WHERE kind = 'unsubscribe'
    ) AS differing
) AS made;
