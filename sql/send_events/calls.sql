-- Where the Track calls of all files go.
CREATE OR REPLACE TEMP TABLE track_call (
    message_id VARCHAR,
    event_id UHUGEINT,
    user_id VARCHAR,
    anonymous_id VARCHAR,
    event VARCHAR,
    happened_at TIMESTAMPTZ,
    properties JSON,
    for_braze BOOLEAN,
    file VARCHAR
);
