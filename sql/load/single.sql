-- Keeps the newest of profiles that an export holds twice. Only run where there are any.
CREATE OR REPLACE TABLE actual AS
SELECT *
FROM actual
QUALIFY
    row_number() OVER (
        PARTITION BY coalesce(external_id, concat('braze_id ', braze_id), concat('alias ', user_aliases))
        ORDER BY instant(created_at) DESC NULLS LAST, braze_id DESC NULLS LAST
    ) = 1;
