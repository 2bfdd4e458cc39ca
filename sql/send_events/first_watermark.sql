-- The first run begins here; nothing older is ever sent.
INSERT INTO state.event_watermark
SELECT $moment
WHERE NOT EXISTS (SELECT 1 FROM state.event_watermark);
