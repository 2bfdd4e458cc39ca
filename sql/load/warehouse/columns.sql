-- PostgreSQL: the columns of Segment's tables in schema $1. From the catalogue, for it has those too that this user may not
-- read. `form` is how a value is to travel: as it is, as JSON, or as PostgreSQL writes it.
SELECT
    CAST(relation.relname AS TEXT) AS relation,
    CAST(attribute.attname AS TEXT) AS name,
    CASE
        WHEN given.typname IN ('json', 'jsonb') THEN 'json'
        WHEN given.typcategory IN ('A', 'C') THEN 'structure'
        WHEN given.typname IN ('text', 'varchar', 'bpchar', 'bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'date', 'timestamp', 'timestamptz') THEN 'plain'
        ELSE 'written'
    END AS form,
    has_column_privilege(relation.oid, attribute.attnum, 'SELECT') AS readable
FROM pg_catalog.pg_namespace AS space
INNER JOIN pg_catalog.pg_class AS relation ON space.oid = relation.relnamespace
INNER JOIN pg_catalog.pg_attribute AS attribute ON relation.oid = attribute.attrelid
INNER JOIN pg_catalog.pg_type AS own ON attribute.atttypid = own.oid
INNER JOIN pg_catalog.pg_type AS given ON coalesce(nullif(own.typbasetype, 0), own.oid) = given.oid
WHERE
    space.nspname = $1
    AND relation.relname IN ('user_traits', 'user_identifiers', 'user_identifier', 'profile_merges', 'profile_traits')
    AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
ORDER BY relation.relname ASC, attribute.attnum ASC;
