-- What the ledger says: a row for every opt-out, message and deletion. Of somebody who opted out more
-- than once the last time counts. Deadlines begin when the person opted out; where nobody knows that, when it was first seen.
-- `name` is what the person is called: the id, or its pseudonym (HMAC-SHA256 with the two pads of its key, as
-- recon/store/pseudonyms.py makes it one by one).
{% macro called(person) -%}
{% if revealed %}{{ raw(person) }}{% else %}left(sha256($outer || unhex(sha256($inner || encode({{ raw(person) }})))), 12){% endif %}
{%- endmacro %}

CREATE OR REPLACE TEMP TABLE calendar AS
WITH calendar_day AS (
    SELECT
        CAST(range AS DATE) AS day,
        isodow(range) < 6 AND NOT list_contains(CAST($holidays AS DATE[]), CAST(range AS DATE)) AS is_business
    FROM range(TIMESTAMP '2000-01-01', CAST($now AS TIMESTAMP) + INTERVAL 2 YEAR, INTERVAL 1 DAY)
),

counted AS (
    SELECT day, is_business, count(*) FILTER (WHERE is_business) OVER (ORDER BY day) AS number FROM calendar_day
)

SELECT strftime(counted.day, '%Y-%m-%d') AS day, strftime(due.day, '%Y-%m-%d') AS due
FROM counted
INNER JOIN counted AS due ON due.is_business AND counted.number + $business_days = due.number;

CREATE OR REPLACE TEMP TABLE opt_out AS
WITH said AS (
    SELECT * FROM held WHERE kind IN ('opt_out', 'nameless')
),

-- Few opt-outs have ever ended: only of those has the last beginning to be looked for.
ended AS (
    SELECT kind, person, field, max(n) AS ended_n FROM said WHERE state = 'ended' GROUP BY kind, person, field
),

before AS (
    SELECT
        said.kind,
        said.person,
        said.field,
        max(said.n) FILTER (WHERE said.state = 'ended' AND said.n < last_n) AS n
    FROM (
        SELECT said.*, max(said.n) OVER (PARTITION BY said.kind, said.person, said.field) AS last_n
        FROM said
        SEMI JOIN ended ON said.kind = ended.kind AND said.person = ended.person AND said.field = ended.field
    ) AS said
    GROUP BY said.kind, said.person, said.field
),

episode AS (
    SELECT
        said.kind,
        said.person,
        said.field,
        min(said.moment) FILTER (WHERE said.state = 'standing') AS first_seen,
        max(said.moment) FILTER (WHERE said.state = 'ended') AS ended_at,
        arg_max(said.since, said.n) FILTER (WHERE said.state = 'standing') AS since,
        arg_max(said.evidence, said.n) FILTER (WHERE said.state = 'standing') AS evidence,
        arg_max(said.address, said.n) FILTER (WHERE said.state = 'standing') AS address
    FROM said
    LEFT JOIN before ON said.kind = before.kind AND said.person = before.person AND said.field = before.field
    WHERE said.n > coalesce(before.n, 0)
    GROUP BY said.kind, said.person, said.field
),

-- An address that several opted-out profiles have; most have one of their own.
shared AS (
    SELECT field, address, count(*) AS profiles
    FROM episode
    WHERE address IS NOT NULL
    GROUP BY field, address
    HAVING count(*) > 1
),

looked AS (
    SELECT person, field, moment, state FROM held WHERE kind = 'reach'
    UNION ALL
    SELECT person, field, moment, 'unsubscribed' AS state FROM held WHERE kind = 'proven' AND state = 'verified'
),

opened AS (
    SELECT
        person,
        field,
        arg_max(state, moment) AS braze,
        max(moment) FILTER (WHERE state <> 'unsubscribed') AS last_open,
        min(moment) FILTER (WHERE state = 'unsubscribed') AS first_closed,
        max(moment) FILTER (WHERE state = 'unsubscribed') AS last_closed
    FROM looked
    GROUP BY person, field
),

-- Closed after it had been open: since the first look that found it so.
closed_again AS (
    SELECT opened.person, opened.field, min(looked.moment) AS held_at
    FROM looked
    INNER JOIN opened ON looked.person = opened.person AND looked.field = opened.field
    WHERE
        opened.last_closed >= opened.last_open
        AND looked.state = 'unsubscribed'
        AND looked.moment >= opened.last_open
    GROUP BY opened.person, opened.field
),

closed AS (
    SELECT
        opened.person,
        opened.field,
        opened.braze,
        CASE WHEN opened.last_open IS NULL THEN opened.first_closed ELSE closed_again.held_at END AS held_at
    FROM opened
    LEFT JOIN closed_again ON opened.person = closed_again.person AND opened.field = closed_again.field
),

worked AS (
    SELECT
        person,
        field,
        max(moment) FILTER (WHERE kind = 'pushed' AND state = 'accepted') AS pushed_at,
        max(moment) FILTER (WHERE kind = 'proven' AND state = 'verified') AS proven_at,
        count(*) FILTER (WHERE kind = 'message') AS messages
    FROM held
    WHERE kind IN ('pushed', 'proven', 'message')
    GROUP BY person, field
),

dated AS (
    SELECT
        episode.*,
        coalesce(episode.since, episode.first_seen) AS from_then,
        calendar.due AS business_due,
        strftime(
            CAST(coalesce(episode.since, episode.first_seen) AS TIMESTAMP) + to_seconds($undue_seconds), '%Y-%m-%dT%H:%M:%SZ'
        ) AS undue_due,
        coalesce(shared.profiles, 1) AS shared_by
    FROM episode
    LEFT JOIN shared ON episode.field = shared.field AND episode.address = shared.address
    LEFT JOIN calendar ON calendar.day = left(coalesce(episode.since, episode.first_seen), 10)
)

SELECT
    CASE dated.kind WHEN 'nameless' THEN 'profile without external id' ELSE 'opt-out' END AS what,
    dated.person,
    {{ raw(called('dated.person')) }} AS name,
    dated.field,
    dated.since,
    dated.evidence,
    dated.first_seen,
    dated.ended_at,
    coalesce(closed.braze, 'unknown') AS braze,
    dated.ended_at IS NULL AND coalesce(closed.braze, 'unknown') <> 'unsubscribed' AS reachable,
    worked.pushed_at,
    worked.proven_at,
    closed.held_at,
    coalesce(worked.messages, 0) AS messages,
    dated.business_due,
    CASE
        WHEN left(closed.held_at, 10) <= dated.business_due THEN 'kept'
        WHEN closed.held_at IS NOT NULL THEN 'late'
        WHEN dated.ended_at IS NOT NULL THEN 'ended'
        WHEN left($now, 10) <= dated.business_due THEN 'running'
        ELSE 'missed'
    END AS business,
    dated.undue_due,
    CASE
        WHEN closed.held_at <= dated.undue_due THEN 'kept'
        WHEN closed.held_at IS NOT NULL THEN 'late'
        WHEN dated.ended_at IS NOT NULL THEN 'ended'
        WHEN $now <= dated.undue_due THEN 'running'
        ELSE 'missed'
    END AS undue,
    dated.address,
    dated.shared_by
FROM dated
LEFT JOIN closed ON dated.person = closed.person AND dated.field = closed.field
LEFT JOIN worked ON dated.person = worked.person AND dated.field = worked.field
WHERE
    greatest(dated.from_then, dated.first_seen, closed.held_at, worked.pushed_at, dated.ended_at) >= $since
    OR coalesce(closed.braze, 'unknown') <> 'unsubscribed'
    OR worked.messages > 0;

CREATE OR REPLACE TEMP TABLE message AS
SELECT person, {{ raw(called('person')) }} AS name, field, moment, state AS event_type, campaign, event
FROM held
WHERE kind = 'message' AND moment >= $since;

CREATE OR REPLACE TEMP TABLE deletion AS
SELECT
    person,
    {{ raw(called('person')) }} AS name,
    arg_max(since, n) AS asked_at,
    min(moment) AS first_seen,
    arg_max(state, n) AS braze,
    min(moment) FILTER (WHERE state = 'absent') AS absent_at
FROM held
WHERE kind = 'deletion'
GROUP BY person;
