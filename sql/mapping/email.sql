-- An e-mail address: something, an at sign, a host of names with dots between them; no spaces, and none of the signs
-- that may not stand in an address unless it is quoted. Braze's own rule is not published; it refuses what it does not
-- take for an address, and one that is refused every night is better reported.
CREATE OR REPLACE TEMP MACRO as_email(value) AS
CASE
    WHEN regexp_full_match(trim(unquoted(value)), '[^@\s"<>,;:()\[\]\\]+@[^@\s"<>,;:()\[\]\\.]+(?:\.[^@\s"<>,;:()\[\]\\.]+)+') AND length(value) <= 255
        THEN CAST(to_json(trim(unquoted(value))) AS VARCHAR)
END;

-- Whether Braze lower-cases addresses is unverified, so their case never counts (facts/braze-rest-api §10.17).
CREATE OR REPLACE TEMP MACRO same_email(desired, actual) AS lower(desired) = lower(actual);
