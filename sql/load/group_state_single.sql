-- One row for each person and group. Only run where there are more.
CREATE OR REPLACE TABLE group_state AS
SELECT
    external_id,
    group_id,
    max(status) AS status,
    max(channel) AS channel
FROM group_state
GROUP BY external_id, group_id;
