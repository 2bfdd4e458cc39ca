-- How far events have got in both directions, by the two ledgers: when last, how many, and what is open.
SELECT
    (SELECT epoch(max(read_at)) FROM state.currents_file) AS forwarded_at,
    (SELECT count(*) FROM state.ledger) AS forwarded,
    (SELECT count(*) FROM state.event_quarantine) AS set_aside,
    (SELECT count(*) FROM state.currents_file WHERE state = 'damaged') AS damaged_files,
    (SELECT count(*) FROM state.currents_file WHERE state = 'refused') AS refused_files,
    (SELECT epoch(max(noted_at)) FROM state.event_ledger) AS sent_at,
    (SELECT count(*) FROM state.event_ledger WHERE state = 'accepted') AS sent,
    (SELECT count(*) FROM state.event_ledger WHERE state = 'rejected') AS rejected,
    (SELECT count(*) FROM state.event_ledger WHERE state = 'unknown') AS unknown,
    (SELECT count(*) FROM state.event_doubt) AS in_doubt;
