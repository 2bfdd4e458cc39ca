-- Every statement of the ledger, with the file it stands in: `n` counts the files. Heads and signatures have no kind. Of large
-- files their copies by column are read (recon/report/audit/columns.py).
CREATE OR REPLACE TEMP TABLE held AS
{% if has_columns %}
SELECT n, kind, person, field, moment, state, since, evidence, address, event, campaign
FROM read_parquet($columns)
{% endif %}
{% if has_columns and has_files %}
UNION ALL
{% endif %}
{% if has_files %}
SELECT
    CAST(regexp_extract(filename, '(\d{6})-[^/]*$', 1) AS INTEGER) AS n,
    kind,
    person,
    field,
    moment,
    state,
    since,
    evidence,
    address,
    event,
    campaign
FROM read_json(
    $files,
    format = 'newline_delimited',
    filename = TRUE,
    columns = {
        'kind': 'VARCHAR', 'person': 'VARCHAR', 'field': 'VARCHAR', 'moment': 'VARCHAR', 'state': 'VARCHAR',
        'since': 'VARCHAR', 'evidence': 'VARCHAR', 'address': 'VARCHAR', 'event': 'VARCHAR', 'campaign': 'VARCHAR'
    }
)
WHERE kind IS NOT NULL
{% endif %};
