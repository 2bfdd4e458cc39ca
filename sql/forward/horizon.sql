-- The hour at which forwarding began, and the newest one it has got to.
SELECT
    (SELECT min(hour) FROM state.forward_start) AS start,
    (SELECT max(hour) FROM state.currents_file) AS newest;
