-- A birthday has no zone: the date as written counts, whatever time stands behind it (rulings, "Values").
CREATE OR REPLACE TEMP MACRO as_date(value) AS
CASE
    -- The common spellings, without a regular expression: bare, as JSON text, and as an instant.
    WHEN length(value) = 10 AND value LIKE '____-__-__' AND value BETWEEN '0' AND '3001' AND TRY_CAST(value AS DATE) IS NOT NULL
        THEN concat('"', value, '"')
    WHEN
        length(value) = 12 AND value LIKE '"____-__-__"' AND value BETWEEN '"0' AND '"3001'
        AND TRY_CAST(substring(value, 2, 10) AS DATE) IS NOT NULL
        THEN value
    WHEN
        length(value) = 24 AND value LIKE '____-__-__T__:__:__.___Z' AND value BETWEEN '0' AND '3001'
        AND TRY_CAST(value AS TIMESTAMP) IS NOT NULL
        THEN concat('"', left(value, 10), '"')
    WHEN instant(trim(unquoted(value))) IS NOT NULL
        THEN
            CASE
                WHEN trim(unquoted(value)) LIKE '____-%' THEN concat('"', left(trim(unquoted(value)), 10), '"')
                ELSE strftime(instant(trim(unquoted(value))), '"%Y-%m-%d"')
            END
END;

-- Braze exports a birthday as an instant although it was written as a date (facts/braze-rest-api §10.5).
CREATE OR REPLACE TEMP MACRO same_date(desired, actual) AS left(desired, 11) = left(actual, 11);
