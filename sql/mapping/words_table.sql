-- Country, language, gender and time zone spellings.
CREATE OR REPLACE TEMP TABLE words AS
SELECT kind, word, code FROM read_csv($file, header = TRUE, all_varchar = TRUE);
