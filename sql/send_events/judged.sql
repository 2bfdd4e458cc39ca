-- What becomes of each call: quarantined or filtered with the reason, a duplicate, or due. The first reason counts.
-- Whoever has no profile in the last export is left for a later run, and not remembered: when Braze has the profile by
-- then, the event is still sent. So what is sent goes to profiles that exist.
CREATE OR REPLACE TEMP TABLE judged AS
WITH
first_copy AS (
    SELECT min(rowid) AS call
    FROM track_call
    GROUP BY event_id
),

-- Of an order, single purchases may be missing; they are told apart later.
settled AS (
    SELECT event_id, max(line) > 0 AS as_purchases
    FROM state.event_ledger
    GROUP BY event_id
),

-- By the list as it is now: a suppressed id suppresses the person.
barred AS (
    SELECT DISTINCT coalesce(user_id.profile, suppression.user_id) AS whose
    FROM suppression
    LEFT JOIN user_id ON suppression.user_id = user_id.user_id
)

SELECT
    track_call.rowid AS call,
    CASE WHEN user_id.user_id IS NULL THEN actual.external_id WHEN person.alive THEN person.external_id END AS external_id,
    event_rule.name,
    event_rule.is_order,
    CASE
        WHEN coalesce(track_call.message_id, '') = '' THEN 'quarantined: it has no messageId, so it cannot be told from its double'
        WHEN coalesce(track_call.event, '') = '' THEN 'quarantined: it has no event name'
        WHEN first_copy.call IS NULL THEN 'duplicate'
        WHEN settled.event_id IS NOT NULL AND NOT (settled.as_purchases AND event_rule.is_order) THEN 'duplicate'
        WHEN track_call.happened_at IS NULL THEN 'quarantined: its timestamp is missing or no time'
        WHEN NOT event_rule.wanted THEN 'filtered: left out by include or exclude'
        WHEN NOT track_call.for_braze THEN 'filtered: not meant for Braze'
        WHEN coalesce(track_call.user_id, '') = '' THEN 'filtered: anonymous'
        WHEN track_call.happened_at < $since THEN 'filtered: too old'
        WHEN track_call.happened_at > $until THEN 'filtered: too new, left for the next run'
        WHEN barred.whose IS NOT NULL OR person.suppressed THEN 'filtered: suppressed'
        WHEN length(event_rule.name) > 255 THEN 'quarantined: its name is longer than 255 characters'
        WHEN coalesce(json_type(track_call.properties), 'NULL') NOT IN ('OBJECT', 'NULL') THEN 'quarantined: its properties are no object'
        WHEN CASE WHEN user_id.user_id IS NULL THEN actual.external_id IS NULL ELSE NOT person.alive END
            THEN 'filtered: no profile in Braze'
        ELSE 'due'
    END AS fate
FROM track_call
LEFT JOIN first_copy ON track_call.rowid = first_copy.call
LEFT JOIN settled ON track_call.event_id = settled.event_id
LEFT JOIN event_rule ON track_call.event = event_rule.event
LEFT JOIN user_id ON track_call.user_id = user_id.user_id
LEFT JOIN person ON user_id.profile = person.profile
LEFT JOIN actual ON track_call.user_id = actual.external_id
LEFT JOIN barred ON coalesce(user_id.profile, track_call.user_id) = barred.whose;
