-- What this run pushed in vain, to know on later nights that it was tried; what holds is forgiven.
DELETE FROM state.not_held WHERE run = $run;

DELETE FROM state.not_held
USING result
WHERE not_held.external_id = result.external_id AND not_held.field = result.field AND result.state = 'verified';

INSERT INTO state.not_held (run, external_id, field, value)
SELECT $run, external_id, field, md5(after)
FROM result
WHERE state IN ('rejected', 'not_applied');
