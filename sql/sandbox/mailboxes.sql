-- Who has which addresses in Braze, and with whom: a state of e-mail belongs to the address, not to the person.
--   together   two people of a household whose profiles hold the same mailbox: one story for both
--   apart      they share one in Segment, but not in Braze (yet): nothing is stated about it
--   barred     this person, or somebody of the mailbox, is suppressed
--   echo       Braze has an old profile with the same address, which Segment does not know
CREATE OR REPLACE TEMP TABLE mailboxes AS
WITH held AS (
    SELECT
        people.i, people.key, people.role, shares_mailbox, people.role IN ('known', 'suppressed') AS in_braze,
        people.role = 'suppressed' AS suppressed,
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
        coalesce(theirs.suppressed, FALSE) AS beside_suppressed
    FROM held AS mine
    LEFT JOIN held AS theirs ON mine.shares_mailbox AND theirs.i = xor(mine.i, 1)
)

SELECT
    i, mail, phone, together, suppressed,
    shares_mailbox AND NOT together AS apart,
    CASE WHEN shares_mailbox THEN hash($seed::BIGINT, 'household', i // 2) ELSE key END AS unit_key,
    suppressed OR (together AND beside_suppressed) AS barred,
    in_braze AND coalesce(is_current, FALSE) AND NOT shares_mailbox AND dice(key, 'echo', 1000) < 8 AS echo
FROM met;
