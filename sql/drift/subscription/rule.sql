-- The channels and subscription groups with the words of consent: what recon/mapping/consent.py made of recon.yml. The
-- channel of a group that only an audience names is the one that Braze gives with its states. `address` is the field whose
-- value a state belongs to, whoever has it (facts/braze-rest-api §5.1): push has tokens and LINE an id of its own, so their
-- states are a profile's.
CREATE OR REPLACE TABLE consent_rule AS
SELECT
    row.number,
    coalesce(row.channel, known.channel) AS channel,
    row.group_id,
    row.field,
    row.trait,
    CASE coalesce(row.channel, known.channel) WHEN 'email' THEN 'email' WHEN 'sms' THEN 'phone' WHEN 'whatsapp' THEN 'phone' END AS address,
    row.unsubscribed,
    row.opted_in
FROM (
    SELECT unnest(from_json($channels, '[{
        "number": "INTEGER", "channel": "VARCHAR", "group_id": "VARCHAR", "field": "VARCHAR", "trait": "VARCHAR",
        "unsubscribed": ["VARCHAR"], "opted_in": ["VARCHAR"]
    }]')) AS row
) AS rules
LEFT JOIN (
    SELECT group_id, min(lower(channel)) AS channel
    FROM group_state
    WHERE group_id IS NOT NULL
    GROUP BY group_id
) AS known ON row.group_id = known.group_id;
