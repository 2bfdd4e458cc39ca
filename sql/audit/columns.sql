-- A file of the ledger by column, in an order that does not depend on threads.
COPY (
    SELECT n, kind, person, field, moment, state, since, evidence, address, event, campaign
    FROM held
    WHERE n = $n
    ORDER BY ALL
) TO $columns (FORMAT parquet, COMPRESSION zstd);
