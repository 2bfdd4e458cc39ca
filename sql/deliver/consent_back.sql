-- The global states in what was read back; absent means subscribed, Braze's default (facts/braze-rest-api §5.1).
CREATE OR REPLACE TABLE consent_back AS
UNPIVOT (
    SELECT
        json_extract_string(external_id, '$') AS external_id,
        coalesce(json_extract_string(email_subscribe, '$'), 'subscribed') AS email_subscribe,
        coalesce(json_extract_string(push_subscribe, '$'), 'subscribed') AS push_subscribe
    FROM read_json(
        $files,
        format = 'newline_delimited',
        maximum_object_size = 67108864,
        columns = {'external_id': 'JSON', 'email_subscribe': 'JSON', 'push_subscribe': 'JSON'}
    )
) ON email_subscribe, push_subscribe INTO NAME field VALUE state;
