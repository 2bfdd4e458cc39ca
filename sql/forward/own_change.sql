-- Changes of consent that recon itself has sent to Braze, by the results and the journal of the runs that are kept: so that
-- they do not come home as news.
CREATE OR REPLACE TEMP TABLE own_change AS
SELECT DISTINCT
    result.external_id,
    result.field,
    json_extract_string(result.after, '$') AS status,
    epoch(journal.noted_at) AS noted_at
FROM (
    {% if files %}
    SELECT external_id, stage, field, after, regexp_extract(filename, '([^/]+)/results.parquet$', 1) AS run
    FROM read_parquet([{% for file in files %}{{ file }}{% if not loop.last %}, {% endif %}{% endfor %}], filename = TRUE)
    WHERE field IN ('email_subscribe', 'push_subscribe') OR starts_with(field, 'subscription_group:')
    {% else %}
    SELECT NULL AS external_id, NULL AS stage, NULL AS field, NULL AS after, NULL AS run
    WHERE FALSE
    {% endif %}
) AS result
INNER JOIN state.journal AS journal
    ON
        result.run = journal.run
        AND result.external_id = journal.external_id
        AND result.stage = journal.stage
        AND (journal.field IS NULL OR journal.field = result.field)
WHERE journal.state IN ('sending', 'accepted', 'unknown', 'verified');
