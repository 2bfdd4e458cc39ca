-- audit.csv: opt-outs, those that matter most first, then messages, then deletions. `what` tells which. A text of others that
-- begins like a formula gets an apostrophe in front, so that no spreadsheet runs it; and one that begins so behind apostrophes
-- too, so that taking one off gives back what it was.
CREATE OR REPLACE TEMP MACRO inert(told) AS
CASE
    WHEN left(ltrim(told, ''''), 1) IN ('=', '+', '-', '@', chr(9), chr(10), chr(13)) THEN concat('''', told)
    ELSE told
END;

COPY (
    SELECT
        what,
        inert(name) AS person,
        field,
        since,
        evidence,
        first_seen,
        ended_at,
        inert(braze) AS braze,
        reachable,
        pushed_at,
        proven_at,
        held_at,
        messages,
        business_due,
        business,
        undue_due,
        undue,
        address,
        shared_by,
        moment,
        event_type,
        inert(campaign) AS campaign,
        inert(event) AS event,
        asked_at,
        absent_at
    FROM (
        SELECT 1 AS part, * FROM opt_out
        UNION ALL BY NAME
        SELECT 2 AS part, 'message' AS what, * FROM message
        UNION ALL BY NAME
        SELECT 3 AS part, 'deletion' AS what, * FROM deletion
    ) AS told
    ORDER BY
        part,
        messages DESC,
        reachable DESC,
        what DESC,
        moment DESC,
        braze = 'present' DESC,
        coalesce(since, asked_at, first_seen),
        person,
        field,
        event
) TO $table (FORMAT csv, HEADER TRUE);
