-- PostgreSQL: the schemas that there are, and whether this user may look into them.
SELECT
    CAST(nspname AS TEXT) AS name,
    has_schema_privilege(oid, 'USAGE') AS usable
FROM pg_catalog.pg_namespace
WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
ORDER BY nspname;
