-- Seconds since the last object was marked, and since the last one was settled.
SELECT
    date_diff('millisecond', (SELECT max(noted_at) FROM state.event_doubt), now()) / 1000 AS marked,
    date_diff('millisecond', (SELECT max(noted_at) FROM state.event_ledger), now()) / 1000 AS settled;
