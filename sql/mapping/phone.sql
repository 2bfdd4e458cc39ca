-- How Braze itself reads a phone number: all but digits and a leading + is dropped, ten bare digits are a US number
-- (facts/braze-rest-api §2.4). Bare digits that begin with 0 name no country and are unreadable.
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

-- A phone number as + and digits. What Braze can read is read as Braze reads it, for that is what it holds: whether such a
-- number is in use is not asked. All else is left to the library (recon/mapping/phones.py), which knows every country's
-- numbers, and with it a (0) that is not dialled from abroad, and ten digits that begin with 1, as no US number does; the
-- region is that of the person's country, if the mapping has one.
CREATE OR REPLACE TEMP MACRO as_phone(value, region) AS
CASE
    WHEN regexp_full_match(value, '\+[1-9][0-9]{6,14}') THEN concat('"', value, '"')
    ELSE CAST(to_json(coalesce(
        CASE WHEN NOT regexp_matches(value, '\(0\)|^[^+0-9]*1([^0-9]*[0-9]){9}[^0-9]*$') THEN phone_number(unquoted(value)) END,
        phone_e164(unquoted(value), coalesce(region, 'US'))
    )) AS VARCHAR)
END;

-- What Braze holds is read as Braze reads it.
CREATE OR REPLACE TEMP MACRO same_phone(desired, actual) AS
desired = actual
OR phone_number(json_extract_string(desired, '$')) = phone_number(json_extract_string(actual, '$'));
