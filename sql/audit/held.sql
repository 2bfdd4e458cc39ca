-- Every statement of the ledger, with the file it stands in: `n` counts the files. Heads and signatures have no kind. Of large
-- files their copies by column are read (recon/report/audit/columns.py), each query only what it needs of them.
CREATE OR REPLACE TEMP TABLE held_as_text AS
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
WHERE kind IS NOT NULL;
{% else %}
SELECT
    CAST(NULL AS INTEGER) AS n,
    CAST(NULL AS VARCHAR) AS kind,
    CAST(NULL AS VARCHAR) AS person,
    CAST(NULL AS VARCHAR) AS field,
    CAST(NULL AS VARCHAR) AS moment,
    CAST(NULL AS VARCHAR) AS state,
    CAST(NULL AS VARCHAR) AS since,
    CAST(NULL AS VARCHAR) AS evidence,
    CAST(NULL AS VARCHAR) AS address,
    CAST(NULL AS VARCHAR) AS event,
    CAST(NULL AS VARCHAR) AS campaign
WHERE FALSE;
{% endif %}

CREATE OR REPLACE TEMP VIEW held AS
SELECT n, kind, person, field, moment, state, since, evidence, address, event, campaign
FROM held_as_text
{% if copies %}
UNION ALL
SELECT n, kind, person, field, moment, state, since, evidence, address, event, campaign
FROM read_parquet([{% for path in copies %}{{ path }}{% if not loop.last %}, {% endif %}{% endfor %}])
{% endif %};
