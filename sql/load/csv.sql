-- CSV as the rulings read it: an empty field without quotes is NULL, with quotes the empty text; no word means NULL.
-- Lines that do not fit are kept by DuckDB in reject_errors.
COPY (
    SELECT *
    FROM read_csv(
        $file,
        names = $names,
        header = TRUE,
        all_varchar = TRUE,
        delim = ',',
        quote = '"',
        escape = '"',
        nullstr = '',
        allow_quoted_nulls = FALSE,
        max_line_size = 16777216,
        store_rejects = TRUE
    )
) TO $target (FORMAT parquet, COMPRESSION lz4_raw);
