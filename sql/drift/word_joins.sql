-- For queries that compare cell by cell: where a value is a word of a list, two spellings with one code are one value.
-- Only rows that differ as text come this far, so the look-ups cost little.
LEFT JOIN words AS wanted ON wanted.kind = {{ cell.words }} AND wanted.word = lower(json_extract_string({{ desired }}, '$'))
LEFT JOIN words AS held ON held.kind = {{ cell.words }} AND held.word = lower(json_extract_string({{ actual }}, '$'))
