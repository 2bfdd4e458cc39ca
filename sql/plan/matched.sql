-- Profiles that both sides have: what a breaker's percentage is of.
SELECT count(*) FROM person WHERE alive;
