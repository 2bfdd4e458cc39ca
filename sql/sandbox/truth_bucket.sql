-- The truth about the bucket's people: not compared, but written down as it was drawn.
INSERT INTO drifted
SELECT
    user_id,
    attribute,
    desired,
    -- A birthday comes out of the export as an instant (facts/braze-rest-api §3.3).
    CASE attribute WHEN 'dob' THEN left(actual, -1) || 'T00:00:00.000Z"' ELSE actual END,
    CASE fate WHEN 'moving' THEN 'in_flight' WHEN 'drift' THEN 'first_seen' ELSE fate END
FROM cells
WHERE role = 'known' AND applies AND fate IN ('drift', 'moving', 'invalid', 'format');

INSERT INTO moved_members
SELECT
    user_id,
    audience,
    CASE WHEN member THEN 'enter' ELSE 'leave' END,
    CASE fate WHEN 'moving' THEN 'in_flight' ELSE 'first_seen' END
FROM memberships
WHERE role = 'known' AND fate IN ('drift', 'moving');

INSERT INTO missing
SELECT canonical_id, user_id FROM people WHERE role = 'missing';

INSERT INTO suppressed
SELECT user_id, date_trunc('second', signed_up + INTERVAL 50 DAY) FROM people WHERE role = 'suppressed';

INSERT INTO counts
SELECT
    count(*),
    count(*) FILTER (role IN ('known', 'suppressed')) + count(*) FILTER (duplicate IN ('merge', 'identify')),
    count(*) FILTER (role IN ('known', 'suppressed')),
    0,
    (SELECT count(*) FROM cells WHERE role = 'known' AND applies AND fate = 'null' AND actual IS NOT NULL)
FROM people;
