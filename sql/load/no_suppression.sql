-- Nobody is suppressed where the configuration names no list.
CREATE OR REPLACE TEMP VIEW suppression AS
SELECT CAST(NULL AS VARCHAR) AS user_id, CAST(NULL AS TIMESTAMPTZ) AS happened_at WHERE FALSE;
