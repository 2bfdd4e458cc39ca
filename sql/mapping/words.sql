-- Fields whose values are words of a list: country, language, gender, time zone. The table `words(kind, word, code)` holds
-- every spelling in lower case; Braze maps what it knows and drops the rest (facts/braze-rest-api §2.4). Queries join it
-- on these macros: a look-up inside an expression would make DuckDB carry whole rows through one more join.
CREATE OR REPLACE TEMP MACRO word_country(value) AS lower(trim(unquoted(value)));
CREATE OR REPLACE TEMP MACRO word_gender(value) AS lower(trim(unquoted(value)));
CREATE OR REPLACE TEMP MACRO word_time_zone(value) AS lower(trim(unquoted(value)));

-- A language tag counts by its language: en-GB is en.
CREATE OR REPLACE TEMP MACRO word_language(value) AS
lower(regexp_replace(trim(unquoted(value)), '^([A-Za-z]{2,3})[-_].*$', '\1'));

CREATE OR REPLACE TEMP MACRO as_country(value, code) AS CAST(to_json(code) AS VARCHAR);
CREATE OR REPLACE TEMP MACRO as_gender(value, code) AS CAST(to_json(code) AS VARCHAR);
CREATE OR REPLACE TEMP MACRO as_language(value, code) AS CAST(to_json(code) AS VARCHAR);

-- Braze takes IANA and Rails names of time zones, drops what it does not know, and may look at the case (unverified). So a
-- zone travels by its IANA name, and two names of one zone are one value.
CREATE OR REPLACE TEMP MACRO as_time_zone(value, code) AS CAST(to_json(code) AS VARCHAR);

CREATE OR REPLACE TEMP MACRO same_code(desired, actual) AS lower(desired) = lower(actual);
