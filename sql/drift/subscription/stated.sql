-- Segment's rows of the traits that consent is about: those that state it, and those that the addresses are made of.
CREATE OR REPLACE TEMP TABLE consent_row AS
SELECT
    coalesce(winner.profile, user_traits.canonical_segment_id) AS profile,
    user_traits.name,
    coalesce(user_traits.value, 'null') AS value,
    user_traits.happened_at,
    user_traits.seq
FROM user_traits
LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
WHERE
    user_traits.name IN (SELECT unnest(CAST($traits AS VARCHAR[])))
    AND user_traits.canonical_segment_id IS NOT NULL;

-- What each person says about each channel and group: the word of the newest row, of two at one time the opt-out. A word
-- that is neither of those configured means subscribed, null says nothing. An opt-out whose time is unknown may be newer
-- than any other row, so it stands.
CREATE OR REPLACE TEMP TABLE said AS
WITH
worded AS (
    SELECT
        consent_rule.number,
        consent_rule.address AS address_kind,
        consent_row.profile,
        CASE
            WHEN consent_row.value = 'null' THEN NULL
            WHEN list_contains(consent_rule.unsubscribed, lower(trim(unquoted(consent_row.value)))) THEN 'unsubscribed'
            WHEN list_contains(consent_rule.opted_in, lower(trim(unquoted(consent_row.value)))) THEN 'opted_in'
            ELSE 'subscribed'
        END AS state,
        consent_row.happened_at
    FROM consent_row
    INNER JOIN consent_rule ON consent_row.name = consent_rule.trait
),

weighed AS (
    SELECT
        number,
        address_kind,
        profile,
        bool_or(state = 'unsubscribed' AND happened_at IS NULL) AS has_timeless_out,
        max(happened_at) AS newest_at,
        max(CASE WHEN state = 'unsubscribed' THEN happened_at END) AS out_at,
        max(CASE WHEN state <> 'unsubscribed' THEN happened_at END) AS in_at,
        max_by(state, happened_at) FILTER (WHERE state <> 'unsubscribed') AS in_state,
        max(state) FILTER (WHERE happened_at IS NULL) AS timeless
    FROM worded
    GROUP BY number, address_kind, profile
)

SELECT
    number,
    address_kind,
    profile,
    CASE
        WHEN has_timeless_out OR out_at = newest_at THEN 'unsubscribed'
        WHEN newest_at IS NULL THEN timeless
        WHEN in_at = newest_at THEN in_state
    END AS state,
    CASE WHEN NOT has_timeless_out THEN newest_at END AS happened_at
FROM weighed
WHERE has_timeless_out OR coalesce(out_at = newest_at, FALSE) OR coalesce(in_at = newest_at, newest_at IS NULL AND timeless IS NOT NULL);
