-- Text as JSON, NULL if it is none. Every JSON function below gets its text through this: DuckDB may compute a shared
-- subexpression before the CASE that guards it, and JSON functions fail on text that is not JSON.
CREATE OR REPLACE TEMP MACRO json_or_null(value) AS TRY_CAST(value AS JSON);

-- A trait's value as text. Profiles Sync keeps values as text that holds a JSON scalar, array, object or plain words
-- (facts/segment §1.4, unverified), so "Paris" in quotes and Paris without are the same four letters.
CREATE OR REPLACE TEMP MACRO unquoted(value) AS
CASE WHEN starts_with(value, '"') THEN coalesce(json_extract_string(json_or_null(value), '$'), value) ELSE value END;

-- A trait's value as JSON for people to see, whether or not Braze could hold it.
CREATE OR REPLACE TEMP MACRO as_written(value) AS
CASE
    WHEN regexp_matches(value, '^[\[{]') THEN coalesce(CAST(json_or_null(value) AS VARCHAR), CAST(to_json(value) AS VARCHAR))
    ELSE CAST(to_json(unquoted(value)) AS VARCHAR)
END;

-- Text as a JSON string, if Braze can hold it: it keeps 255 characters (facts/braze-rest-api §2.5).
CREATE OR REPLACE TEMP MACRO as_string(value) AS
CASE WHEN length(unquoted(value)) <= 255 THEN CAST(to_json(unquoted(value)) AS VARCHAR) END;

-- Standard text fields are stored as they are; of a custom attribute Braze turns texts that look like a date into
-- an instant (facts/braze-rest-api §2.5), so two spellings of one instant are one value there.
CREATE OR REPLACE TEMP MACRO same_text(desired, actual) AS desired = actual;
CREATE OR REPLACE TEMP MACRO same_string(desired, actual) AS
CASE WHEN desired = actual THEN TRUE ELSE same_instant(desired, actual) END;
