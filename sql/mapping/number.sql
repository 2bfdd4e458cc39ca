-- A number as JSON. Whole numbers keep every digit (a DOUBLE would lose those above 2^53); NaN, infinities and
-- anything else that JSON cannot say are unreadable.
CREATE OR REPLACE TEMP MACRO number_json(value) AS
CASE
    -- The common cases, without a regular expression: a number that is written as DuckDB writes it.
    WHEN CAST(TRY_CAST(value AS BIGINT) AS VARCHAR) = value THEN value
    WHEN
        CAST(TRY_CAST(value AS DOUBLE) AS VARCHAR) = value
        AND NOT (contains(value, 'n') OR contains(value, 'e') OR ends_with(value, '.0'))
        THEN value
    WHEN regexp_full_match(value, '-?(0|[1-9][0-9]*)') THEN value
    WHEN isfinite(TRY_CAST(value AS DOUBLE)) AND NOT contains(value, '_')
        THEN
            CASE
                WHEN
                    abs(TRY_CAST(value AS DOUBLE)) < 9007199254740992
                    AND TRY_CAST(value AS DOUBLE) = trunc(TRY_CAST(value AS DOUBLE))
                    THEN CAST(TRY_CAST(TRY_CAST(value AS DOUBLE) AS BIGINT) AS VARCHAR)
                ELSE CAST(to_json(TRY_CAST(value AS DOUBLE)) AS VARCHAR)
            END
END;

-- One spelling for equal numbers, to compare where there is only text: 7, 7.0 and 7e0 are 7. Whole numbers keep every
-- digit up to 64 bits; above, Braze's own precision is unverified (facts/braze-rest-api §12) and a DOUBLE is compared.
CREATE OR REPLACE TEMP MACRO plain_number(value) AS
CASE
    WHEN CAST(TRY_CAST(value AS BIGINT) AS VARCHAR) = value THEN value
    WHEN TRY_CAST(value AS DOUBLE) = trunc(TRY_CAST(value AS DOUBLE)) AND abs(TRY_CAST(value AS DOUBLE)) < 1e37
        THEN CAST(CAST(TRY_CAST(value AS DOUBLE) AS HUGEINT) AS VARCHAR)
    ELSE coalesce(CAST(to_json(TRY_CAST(value AS DOUBLE)) AS VARCHAR), value)
END;

CREATE OR REPLACE TEMP MACRO as_number(value) AS number_json(trim(unquoted(value)));

-- 1 and 1.0 are one number; 321 and "321" are not (facts/braze-rest-api §10.8). Two whole numbers are compared digit
-- by digit, all else as DOUBLE.
CREATE OR REPLACE TEMP MACRO same_number(desired, actual) AS
CASE
    WHEN desired = actual THEN TRUE
    WHEN starts_with(actual, '"') OR starts_with(desired, '"') THEN FALSE
    WHEN TRY_CAST(desired AS HUGEINT) IS NOT NULL AND TRY_CAST(actual AS HUGEINT) IS NOT NULL
        AND NOT regexp_matches(concat(desired, actual), '[.eE]')
        THEN TRY_CAST(desired AS HUGEINT) = TRY_CAST(actual AS HUGEINT)
    ELSE TRY_CAST(desired AS DOUBLE) = TRY_CAST(actual AS DOUBLE)
END;
