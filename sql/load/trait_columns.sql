-- The names of a wide table's traits, for the warnings about traits that nobody has.
COPY (SELECT unnest(from_json($names, '["VARCHAR"]')) AS name) TO $target (FORMAT parquet);
