-- Fields whose values are words of a list: country, language, gender, time zone. The table `words(kind, word, code)` holds
-- every spelling in lower case; Braze maps what it knows and drops the rest (facts/braze-rest-api §2.4).
CREATE OR REPLACE TEMP MACRO code_of(list, spelling) AS
(SELECT max(code) FROM words WHERE kind = list AND word = lower(trim(spelling)));

CREATE OR REPLACE TEMP MACRO as_country(value) AS CAST(to_json(code_of('country', unquoted(value))) AS VARCHAR);
CREATE OR REPLACE TEMP MACRO as_gender(value) AS CAST(to_json(code_of('gender', unquoted(value))) AS VARCHAR);

-- A language tag counts by its language: en-GB is en.
CREATE OR REPLACE TEMP MACRO as_language(value) AS
CAST(to_json(code_of('language', regexp_replace(unquoted(value), '^([A-Za-z]{2,3})[-_].*$', '\1'))) AS VARCHAR);

-- Time zones travel as written (Braze takes IANA and Rails names) and are compared as the zone they mean.
CREATE OR REPLACE TEMP MACRO as_time_zone(value) AS
CASE WHEN code_of('time_zone', unquoted(value)) IS NOT NULL THEN CAST(to_json(trim(unquoted(value))) AS VARCHAR) END;

CREATE OR REPLACE TEMP MACRO same_code(desired, actual) AS lower(desired) = lower(actual);
CREATE OR REPLACE TEMP MACRO same_time_zone(desired, actual) AS
desired = actual
OR code_of('time_zone', json_extract_string(desired, '$')) = code_of('time_zone', json_extract_string(actual, '$'));
