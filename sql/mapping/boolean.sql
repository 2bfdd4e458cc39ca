-- A truth value, in the words that Braze itself coerces (facts/braze-rest-api §2.5).
CREATE OR REPLACE TEMP MACRO as_boolean(value) AS
CASE lower(trim(unquoted(value)))
    WHEN 'true' THEN 'true' WHEN 't' THEN 'true' WHEN '1' THEN 'true'
    WHEN 'false' THEN 'false' WHEN 'f' THEN 'false' WHEN '0' THEN 'false'
END;

CREATE OR REPLACE TEMP MACRO same_boolean(desired, actual) AS desired = actual;
