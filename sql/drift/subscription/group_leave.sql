-- When recon itself last made somebody leave a subscription group, as far as nobody has been made to enter it since.
CREATE OR REPLACE TEMP TABLE group_leave AS
SELECT external_id, field, left_at
FROM state.group_leave;
