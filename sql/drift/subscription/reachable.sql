-- Where people can be reached: each Braze profile with an external id, its addresses in the form in which they are
-- compared, and who owns it: a Segment person, or, if Segment does not know the id, nobody but the profile itself.
CREATE OR REPLACE TEMP TABLE reachable AS
SELECT
    actual.external_id,
    user_id.profile,
    nullif(trim(json_extract_string(actual.{{ email }}, '$')), '') AS shown_email,
    email_address(json_extract_string(actual.{{ email }}, '$')) AS email,
    nullif(trim(json_extract_string(actual.{{ phone }}, '$')), '') AS shown_phone,
    phone_digits(json_extract_string(actual.{{ phone }}, '$')) AS phone,
    coalesce(lower(json_extract_string(actual.{{ email_subscribe }}, '$')), 'subscribed') AS email_state,
    coalesce(lower(json_extract_string(actual.{{ push_subscribe }}, '$')), 'subscribed') AS push_state
FROM actual
LEFT JOIN user_id ON actual.external_id = user_id.user_id
WHERE actual.external_id IS NOT NULL;
