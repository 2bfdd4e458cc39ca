-- Events whose call is larger than Segment takes: they are not sent after all.
UPDATE event
SET fate = 'quarantined', reason = 'larger than Segment takes'
WHERE
    fate IS NULL
    AND key IN (SELECT key FROM {{ waiting }} WHERE list_contains(CAST($places AS UBIGINT[]), place));

DELETE FROM {{ waiting }}
WHERE list_contains(CAST($places AS UBIGINT[]), place);
