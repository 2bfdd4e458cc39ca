-- The channels and subscription groups with the words of consent: what recon/mapping/consent.py made of recon.yml. The
-- channel of a group that only an audience names is the one that Braze gives with its states.
CREATE OR REPLACE TABLE consent_rule AS
SELECT
    row.number,
    coalesce(row.channel, known.channel) AS channel,
    row.group_id,
    row.field,
    row.trait,
    row.address,
    row.unsubscribed,
    row.opted_in
FROM (
    SELECT unnest(from_json($channels, '[{
        "number": "INTEGER", "channel": "VARCHAR", "group_id": "VARCHAR", "field": "VARCHAR", "trait": "VARCHAR",
        "address": "VARCHAR", "unsubscribed": ["VARCHAR"], "opted_in": ["VARCHAR"]
    }]')) AS row
) AS rules
LEFT JOIN (
    SELECT group_id, min(lower(channel)) AS channel
    FROM group_state
    WHERE group_id IS NOT NULL
    GROUP BY group_id
) AS known ON row.group_id = known.group_id;
