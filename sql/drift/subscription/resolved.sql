-- One word for each address, and for each person where a state has no address: the newest provable statement. An opt-out
-- wins a tie; one without a time cannot be outdated, an opt-in without a time outdates nothing. A suppression is above
-- all statements (rulings, "Consent"). Keys: a: an address, p: a person, x: an external id that Segment does not know.
CREATE OR REPLACE TEMP TABLE resolved_consent AS
WITH
suppressed AS (
    SELECT profile
    FROM person
    WHERE suppressed
),

statement AS (
    SELECT number, 'p:' || profile AS key, state, happened_at, FALSE AS suppressed
    FROM said
    UNION ALL
    SELECT said.number, 'a:' || person_address.address AS key, said.state, said.happened_at, FALSE AS suppressed
    FROM said
    INNER JOIN person_address ON said.profile = person_address.profile AND said.address_kind = person_address.kind
    UNION ALL
    SELECT consent_rule.number, 'p:' || suppressed.profile AS key, 'unsubscribed' AS state, NULL AS happened_at, TRUE AS suppressed
    FROM suppressed
    CROSS JOIN consent_rule
    UNION ALL
    SELECT consent_rule.number, 'a:' || person_address.address AS key, 'unsubscribed' AS state, NULL AS happened_at, TRUE AS suppressed
    FROM suppressed
    INNER JOIN person_address ON suppressed.profile = person_address.profile
    INNER JOIN consent_rule ON person_address.kind = consent_rule.address
    UNION ALL
    -- Segment forgets whom it deletes; the list of the suppressed is all that is left of them.
    SELECT
        consent_rule.number,
        coalesce('a:' || CASE consent_rule.address WHEN 'email' THEN reachable.email WHEN 'phone' THEN reachable.phone END, 'x:' || reachable.external_id) AS key,
        'unsubscribed' AS state,
        NULL AS happened_at,
        TRUE AS suppressed
    FROM suppression
    INNER JOIN reachable ON suppression.user_id = reachable.external_id AND reachable.profile IS NULL
    CROSS JOIN consent_rule
),

weighed AS (
    SELECT
        number,
        key,
        bool_or(suppressed) AS suppressed,
        bool_or(state = 'unsubscribed') AS has_out,
        bool_or(state = 'unsubscribed' AND happened_at IS NULL) AS has_timeless_out,
        max(CASE WHEN state = 'unsubscribed' THEN happened_at END) AS out_at,
        max(CASE WHEN state <> 'unsubscribed' THEN happened_at END) AS in_at,
        coalesce(
            max_by(CASE WHEN state <> 'unsubscribed' THEN state END, CASE WHEN state <> 'unsubscribed' THEN happened_at END),
            max(CASE WHEN state <> 'unsubscribed' THEN state END)
        ) AS in_state
    FROM statement
    GROUP BY number, key
)

SELECT
    number,
    key,
    suppressed,
    CASE WHEN suppressed OR has_timeless_out OR (has_out AND coalesce(in_at <= out_at, TRUE)) THEN 'unsubscribed' ELSE in_state END AS state,
    CASE
        WHEN suppressed OR has_timeless_out THEN NULL
        WHEN has_out AND coalesce(in_at <= out_at, TRUE) THEN out_at
        ELSE in_at
    END AS happened_at
FROM weighed;
