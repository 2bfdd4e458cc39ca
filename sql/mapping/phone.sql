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

-- A phone number as + and digits. The first branch is the common case: a calling code that is in use, and as many digits
-- as can follow it. All else is left to the library (recon/mapping/phones.py), which knows every country's numbers; the
-- region is that of the person's country, if the mapping has one.
CREATE OR REPLACE TEMP MACRO as_phone(value, region) AS
CASE
    WHEN
        regexp_full_match(
            value,
            concat(
                '\+(1[2-9][0-9]{9}|7[0-9]{10}|(20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])[0-9]{8,12}|',
                '(21[1-368]|2[2-46][0-9]|25[0-8]|29[0179]|3[57][0-9]|38[0-35-79]|42[0134]|5[09][0-9]|67[02-9]|68[0-35-9]|',
                '69[0-2]|85[02356]|88[06]|96[0-8]|97[0-79]|99[2-68])[0-9]{7,11})'
            )
        )
        THEN concat('"', value, '"')
    ELSE CAST(to_json(phone_e164(unquoted(value), coalesce(region, 'US'))) AS VARCHAR)
END;

-- What Braze holds is read as Braze reads it.
CREATE OR REPLACE TEMP MACRO same_phone(desired, actual) AS
desired = actual
OR phone_number(json_extract_string(desired, '$')) = phone_number(json_extract_string(actual, '$'));
