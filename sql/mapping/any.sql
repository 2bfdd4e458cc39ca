-- A trait without a declared type: what its JSON says it is, else text.
CREATE OR REPLACE TEMP MACRO as_any(value, most) AS
CASE
    WHEN starts_with(value, '[') AND json_valid(value) THEN as_array(value, most)
    WHEN starts_with(value, '{') AND json_valid(value) THEN as_object(value)
    WHEN value IN ('true', 'false') THEN value
    -- No number begins like this, and a cast that fails costs more than all the rest.
    WHEN value < '-' OR value >= ':' THEN as_string(value)
    WHEN CAST(TRY_CAST(value AS BIGINT) AS VARCHAR) = value THEN value
    WHEN
        regexp_full_match(value, '-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?') AND isfinite(TRY_CAST(value AS DOUBLE))
        THEN number_json(value)
    ELSE as_string(value)
END;

CREATE OR REPLACE TEMP MACRO same_any(desired, actual) AS
CASE
    WHEN desired = actual THEN TRUE
    WHEN starts_with(desired, '[') THEN same_set(desired, actual)
    WHEN starts_with(desired, '{') THEN same_object(desired, actual)
    WHEN starts_with(desired, '"') AND starts_with(actual, '"') THEN same_string(desired, actual)
    WHEN regexp_matches(desired, '^[-0-9]') AND regexp_matches(actual, '^[-0-9]') THEN same_number(desired, actual)
    ELSE FALSE
END;

-- The same with the order of arrays kept.
CREATE OR REPLACE TEMP MACRO same_any_list(desired, actual) AS
CASE WHEN starts_with(desired, '[') THEN same_list(desired, actual) ELSE same_any(desired, actual) END;
