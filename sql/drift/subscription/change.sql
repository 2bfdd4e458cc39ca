-- What Currents tells of each channel and group, by profile and by address: the newest state, of two in the same second the
-- opt-out (facts/braze-currents §8.4); when it was last an opt-out; when a person last opted in by an act of their own.
-- REST, imports, the dashboard and merges prove nothing about a person's will (rulings, "More on consent").
CREATE OR REPLACE TEMP TABLE consent_change AS
WITH
keyed AS (
    SELECT 'x:' || external_id AS key, state_change.*
    FROM state_change
    WHERE external_id IS NOT NULL
    UNION ALL
    SELECT 'a:' || CASE WHEN contains(address, '@') THEN email_address(address) ELSE phone_digits(address) END AS key, state_change.*
    FROM state_change
    WHERE address IS NOT NULL
)

SELECT
    consent_rule.number,
    keyed.key,
    max(keyed.happened_at) AS changed_at,
    coalesce(max(CASE WHEN keyed.status = 'unsubscribed' THEN keyed.happened_at END) = max(keyed.happened_at), FALSE) AS is_out,
    max_by(keyed.status, keyed.happened_at) AS status,
    max(CASE WHEN keyed.status = 'unsubscribed' THEN keyed.happened_at END) AS out_at,
    max(CASE
        WHEN
            keyed.status IN ('subscribed', 'opted_in')
            AND keyed.source IN ('subscription page', 'preference center', 'preference centre', 'inbound message', 'sdk')
            THEN keyed.happened_at
    END) AS person_in_at,
    max(CASE WHEN coalesce(keyed.source, '') <> 'rest api' THEN keyed.happened_at END) AS foreign_at
FROM keyed
INNER JOIN consent_rule
    ON
        consent_rule.group_id = keyed.group_id
        OR (keyed.group_id IS NULL AND consent_rule.group_id IS NULL AND consent_rule.channel = keyed.channel)
GROUP BY consent_rule.number, keyed.key;
