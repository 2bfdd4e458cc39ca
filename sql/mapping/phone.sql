-- A phone number as + and digits, read as Braze reads it: all but digits and a leading + is dropped, ten bare digits
-- are a US number (facts/braze-rest-api §2.4). Bare digits that begin with 0 name no country and are unreadable.
CREATE OR REPLACE TEMP MACRO phone_number(value) AS
CASE
    WHEN regexp_full_match(value, '\+[1-9][0-9]{6,14}') THEN value
    WHEN regexp_matches(value, '[A-Za-z@]') THEN NULL
    WHEN regexp_full_match(regexp_replace(value, '[^0-9]', '', 'g'), '[1-9][0-9]{6,14}')
        THEN
            CASE
                WHEN starts_with(ltrim(value), '+') THEN concat('+', regexp_replace(value, '[^0-9]', '', 'g'))
                WHEN length(regexp_replace(value, '[^0-9]', '', 'g')) = 10
                    THEN concat('+1', regexp_replace(value, '[^0-9]', '', 'g'))
                WHEN length(regexp_replace(value, '[^0-9]', '', 'g')) > 10
                    THEN concat('+', regexp_replace(value, '[^0-9]', '', 'g'))
            END
END;

CREATE OR REPLACE TEMP MACRO as_phone(value) AS CAST(to_json(phone_number(unquoted(value))) AS VARCHAR);
CREATE OR REPLACE TEMP MACRO same_phone(desired, actual) AS
desired = actual
OR phone_number(json_extract_string(desired, '$')) = phone_number(json_extract_string(actual, '$'));
