-- PostgreSQL: what tells cheaply whether a table has changed.
SELECT
    count(*) AS found,
    CAST({{ newest }} AS TEXT) AS newest
FROM {{ schema }}.{{ relation }};
