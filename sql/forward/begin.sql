-- The first forwarding notes from where on it looks.
INSERT INTO state.forward_start (hour) VALUES ($hour);
