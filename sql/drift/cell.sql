-- What the mapping says of each attribute, which traits each is made of, and which identifiers are aliases in Braze.
CREATE OR REPLACE TABLE cell AS
SELECT row.attribute, row.number, row.owner, row.is_object
FROM (
    SELECT unnest(from_json($cells, '[{"attribute": "VARCHAR", "number": "INTEGER", "owner": "VARCHAR", "is_object": "BOOLEAN"}]')) AS row
) AS cells;

CREATE OR REPLACE TEMP TABLE cell_trait AS
SELECT row.attribute, row.trait
FROM (
    SELECT unnest(from_json($traits, '[{"attribute": "VARCHAR", "trait": "VARCHAR"}]')) AS row
) AS traits;

CREATE OR REPLACE TEMP TABLE alias_rule AS
SELECT row.type, row.label
FROM (
    SELECT unnest(from_json($aliases, '[{"type": "VARCHAR", "label": "VARCHAR"}]')) AS row
) AS aliases;
