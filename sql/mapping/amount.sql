-- An amount of money: a whole number of minor units made a number of the currency's own, by the digits that ISO 4217
-- gives the currency. Exact, for the point is set in the text: 1999 and 2 digits are 19.99. The digits are text, NULL for
-- a currency that nobody knows. A fraction is no number of minor units and is unreadable: it is an amount in whole units
-- already, and would come out a hundred times too small.
CREATE OR REPLACE TEMP MACRO point_set(units, digits) AS
CASE
    WHEN digits = '0' THEN units
    ELSE
        list_transform(
            [lpad(ltrim(units, '-'), CAST(greatest(length(ltrim(units, '-')), CAST(digits AS BIGINT) + 1) AS INTEGER), '0')],
            lambda padded: concat(
                CASE WHEN starts_with(units, '-') THEN '-' ELSE '' END,
                rtrim(rtrim(
                    concat(left(padded, -CAST(digits AS BIGINT)), '.', right(padded, CAST(digits AS BIGINT))), '0'
                ), '.')
            )
        )[1]
END;

CREATE OR REPLACE TEMP MACRO as_amount(value, digits) AS
list_transform(
    [as_number(value)],
    lambda units: CASE WHEN digits IS NOT NULL AND regexp_full_match(units, '-?[0-9]+') THEN point_set(units, digits) END
)[1];

-- The same where the currency is another trait: both travel in one text, which is also what a person is shown if it
-- cannot be read.
CREATE OR REPLACE TEMP MACRO with_currency(value, currency) AS
CASE
    WHEN value = 'null' THEN value
    ELSE unquoted(value) || ' ' || coalesce(trim(unquoted(nullif(currency, 'null'))), '')
END;
CREATE OR REPLACE TEMP MACRO word_currency(value) AS lower(regexp_extract(value, '[^ ]*$'));
CREATE OR REPLACE TEMP MACRO as_currency(value, digits) AS as_amount(regexp_extract(value, '^(.*) [^ ]*$', 1), digits);
