-- States of people in subscription groups, as GET /subscription/user/status told them. Groups without history are not
-- told: no row means unknown, which is not unsubscribed (facts/braze-rest-api §5.2).
CREATE OR REPLACE TABLE group_state AS
SELECT
    external_id,
    group_id,
    status,
    channel
FROM read_json(
    $files,
    format = 'newline_delimited',
    columns = {'external_id': 'VARCHAR', 'group_id': 'VARCHAR', 'status': 'VARCHAR', 'channel': 'VARCHAR'}
);
