-- Braze profiles that Segment does not know count on Braze's side only.
INSERT INTO counts VALUES (0, $strangers, 0, $strangers, 0);
