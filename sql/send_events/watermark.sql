-- The watermark, if there is one yet.
SELECT epoch_us(moment) AS microseconds FROM state.event_watermark;
