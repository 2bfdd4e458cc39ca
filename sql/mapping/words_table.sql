-- Country, language, gender and time zone spellings; and the digits behind the point of each currency that has any by
-- ISO 4217, list one as published on 2026-01-01 (table.xml of the package iso4217 1.16.20260101).
CREATE OR REPLACE TEMP TABLE words AS
SELECT kind, word, code FROM read_csv($words, header = TRUE, all_varchar = TRUE)
UNION ALL
SELECT 'currency' AS kind, lower(currency) AS word, digits AS code FROM read_csv($currencies, header = TRUE, all_varchar = TRUE);
