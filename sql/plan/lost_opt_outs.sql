-- Opt-outs that went missing between a merge or an identify and what sets them again: such a step of an earlier delivery
-- was sent, and nobody has seen since that it is done and the survivor opted out. What became of consent in Braze is not
-- known, so the survivor is opted out of what either profile was opted out of, once, and enters no such group.
CREATE OR REPLACE TEMP TABLE lost_opt_out AS
WITH
step AS (
    SELECT
        run,
        plan,
        external_id,
        field,
        arg_max(state, place) AS state,
        max(place) AS place
    FROM state.journal
    WHERE stage = 'identity' AND field IN (SELECT kept.step_field FROM state.kept_opt_out AS kept)
    GROUP BY ALL
    HAVING bool_or(state = 'sending')
)

SELECT DISTINCT kept.external_id, kept.field
FROM state.kept_opt_out AS kept
INNER JOIN step
    ON kept.run = step.run AND kept.plan = step.plan AND kept.step_id = step.external_id AND kept.step_field = step.field
INNER JOIN actual ON kept.external_id = actual.external_id
WHERE
    step.state IN ('sending', 'accepted', 'unknown', 'not_applied')
    AND NOT EXISTS (
        SELECT 1
        FROM state.journal AS proof
        WHERE
            proof.stage = 'suppress'
            AND proof.external_id = kept.external_id
            AND proof.field = kept.field
            AND proof.state = 'verified'
            AND proof.place > step.place
    );

INSERT INTO correction
SELECT
    md5(concat_ws(chr(31), 'suppress', 'unsubscribe', external_id, field, '"unsubscribed"', 'merged')) AS correction_id,
    'suppress' AS stage,
    'unsubscribe' AS class,
    external_id,
    field,
    NULL AS before,
    '"unsubscribed"' AS after,
    'opted_out' AS cause,
    0 AS data_points,
    FALSE AS merges,
    'planned' AS state
FROM lost_opt_out
WHERE
    NOT EXISTS (
        SELECT 1
        FROM correction AS made
        WHERE
            made.class = 'unsubscribe' AND made.external_id = lost_opt_out.external_id AND made.field = lost_opt_out.field
    );

DELETE FROM correction
USING lost_opt_out
WHERE
    correction.class IN ('cohort', 'resubscribe')
    AND correction.external_id = lost_opt_out.external_id
    AND correction.field = lost_opt_out.field
    AND correction.after <> '"unsubscribed"';
