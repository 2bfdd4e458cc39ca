-- A birthday has no zone: the date as written counts, whatever time stands behind it (rulings, "Values").
CREATE OR REPLACE TEMP MACRO as_date(value) AS
CASE
    WHEN length(value) = 10 AND value LIKE '____-__-__' AND value < '3001' AND TRY_CAST(value AS DATE) IS NOT NULL
        THEN concat('"', value, '"')
    WHEN instant(trim(unquoted(value))) IS NOT NULL
        THEN
            CASE
                WHEN trim(unquoted(value)) LIKE '____-%' THEN concat('"', left(trim(unquoted(value)), 10), '"')
                ELSE strftime(instant(trim(unquoted(value))), '"%Y-%m-%d"')
            END
END;

-- Braze exports a birthday as an instant although it was written as a date (facts/braze-rest-api §10.5).
CREATE OR REPLACE TEMP MACRO same_date(desired, actual) AS left(desired, 11) = left(actual, 11);
