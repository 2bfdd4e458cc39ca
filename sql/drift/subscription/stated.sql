-- Segment's rows of the traits that consent is about: those that state it, and those that the addresses are made of.
-- All of a person's rows, not the newest alone: an old opt-out whose time is unknown still counts.
CREATE OR REPLACE TEMP TABLE consent_row AS
SELECT
    coalesce(winner.profile, user_traits.canonical_segment_id) AS profile,
    user_traits.name,
    user_traits.value,
    user_traits.happened_at,
    user_traits.seq
FROM user_traits
LEFT JOIN winner ON user_traits.canonical_segment_id = winner.segment_id
WHERE
    user_traits.name IN (SELECT unnest(CAST($traits AS VARCHAR[])))
    AND user_traits.canonical_segment_id IS NOT NULL
    AND user_traits.value IS NOT NULL
    AND user_traits.value <> 'null';

-- What each person says about each channel and group. A word that is neither of those configured means subscribed.
CREATE OR REPLACE TEMP TABLE said AS
SELECT
    consent_rule.number,
    consent_rule.address AS address_kind,
    consent_row.profile,
    CASE
        WHEN list_contains(consent_rule.unsubscribed, lower(trim(unquoted(consent_row.value)))) THEN 'unsubscribed'
        WHEN list_contains(consent_rule.opted_in, lower(trim(unquoted(consent_row.value)))) THEN 'opted_in'
        ELSE 'subscribed'
    END AS state,
    consent_row.happened_at
FROM consent_row
INNER JOIN consent_rule ON consent_row.name = consent_rule.trait;
