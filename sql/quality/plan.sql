-- Measures of a plan before any of it is sent. Needs `correction`, `actual`, `person`, the state database, and $opted_out, the
-- run's file of who is opted out by either side. An opt-in is a correction that would be sent and makes somebody who is
-- opted out reachable; not one is the re-entry into a group that recon itself made that person leave (rulings, "More on
-- consent"). `opted_out` are the opt-outs that Braze holds, `opted_out_then` those it will hold after the plan.
WITH
consent AS (
    SELECT
        correction.external_id,
        correction.field,
        correction.after = '"unsubscribed"' AS closes,
        correction.before = '"unsubscribed"' AS was_out,
        correction.class = 'cohort' AND own.external_id IS NOT NULL AS returns
    FROM correction
    LEFT JOIN state.group_leave AS own ON correction.external_id = own.external_id AND correction.field = own.field
    WHERE
        correction.state = 'planned'
        AND (correction.field IN ('email_subscribe', 'push_subscribe') OR starts_with(correction.field, 'subscription_group:'))
),

opted_out AS (
    SELECT
        person AS external_id,
        field,
        bool_or(actual = 'unsubscribed') AS held,
        bool_or(stated) AS stated
    FROM read_parquet($opted_out)
    WHERE NOT nameless
    GROUP BY person, field
),

consent_change AS (
    SELECT
        consent.closes,
        coalesce(consent.was_out, FALSE) OR coalesce(opted_out.held, FALSE) AS is_held,
        consent.returns AND NOT coalesce(opted_out.stated, FALSE) AS returns,
        opted_out.external_id IS NOT NULL AS is_out
    FROM consent
    LEFT JOIN opted_out ON consent.external_id = opted_out.external_id AND consent.field = opted_out.field
),

opting AS (
    SELECT
        count(*) FILTER (WHERE NOT closes AND NOT returns AND (is_held OR is_out)) AS opt_ins,
        count(*) FILTER (WHERE NOT closes AND is_held) AS freed,
        count(*) FILTER (WHERE closes AND NOT is_held) AS closed
    FROM consent_change
),

affected AS (
    SELECT
        count(DISTINCT external_id) FILTER (WHERE class IN ('attribute', 'cohort') AND state <> 'quarantined') AS drifted,
        count(DISTINCT external_id) FILTER (WHERE class = 'unsubscribe') AS opt_outs
    FROM correction
    WHERE external_id IN (SELECT external_id FROM actual WHERE external_id IS NOT NULL)
)

SELECT
    opting.opt_ins,
    held.opted_out,
    held.opted_out + opting.closed - opting.freed AS opted_out_then,
    affected.drifted,
    (SELECT count(*) FROM person WHERE alive) AS compared,
    affected.opt_outs,
    (SELECT count(external_id) FROM actual) AS profiles
FROM opting
CROSS JOIN affected
CROSS JOIN (SELECT count(*) FILTER (WHERE held) AS opted_out FROM opted_out) AS held;
