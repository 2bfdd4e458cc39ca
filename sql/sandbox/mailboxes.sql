-- Who has which addresses in Braze, and with whom: a state of e-mail belongs to the address, not to the person.
--   together   two people of a household whose profiles hold the same mailbox: one story for both
--   apart      they share one in Segment, but not in Braze (yet): nothing is stated about it
--   barred     somebody of the mailbox is suppressed, since `barred_at`
--   echo       Braze has an old profile with the same address, which Segment does not know
CREATE OR REPLACE TEMP TABLE mailboxes AS
WITH held AS (
    SELECT
        people.i, people.key, people.role, shares_mailbox, people.role IN ('known', 'suppressed') AS in_braze,
        CASE WHEN people.role = 'suppressed' THEN date_trunc('second', signed_up + INTERVAL 50 DAY) END AS suppressed_at,
        mail.actual ->> '$' AS mail,
        phone.actual ->> '$' AS phone,
        mail.actual = mail.want AS is_current
    FROM people
    INNER JOIN cells AS mail ON people.i = mail.i AND mail.attribute = 'email'
    INNER JOIN cells AS phone ON people.i = phone.i AND phone.attribute = 'phone'
),

met AS (
    SELECT
        mine.*,
        coalesce(mine.in_braze AND theirs.in_braze AND mine.mail = theirs.mail, FALSE) AS together,
        theirs.suppressed_at AS also_suppressed_at
    FROM held AS mine
    LEFT JOIN held AS theirs ON mine.shares_mailbox AND theirs.i = xor(mine.i, 1)
)

SELECT
    i, mail, phone, together, suppressed_at,
    shares_mailbox AND NOT together AS apart,
    CASE WHEN shares_mailbox THEN hash($seed::BIGINT, 'household', i // 2) ELSE key END AS unit_key,
    CASE WHEN together THEN least(suppressed_at, also_suppressed_at) ELSE suppressed_at END AS barred_at,
    in_braze AND coalesce(is_current, FALSE) AND NOT shares_mailbox AND dice(key, 'echo', 1000) < 8 AS echo
FROM met;
