-- The attributes and how often each fate befalls a cell, as upper bounds of one draw from 0 .. 99999; from
-- recon/sandbox/seed/attributes.py.
CREATE OR REPLACE TEMP TABLE rates AS
SELECT rate.*
FROM (
    SELECT unnest(from_json($rates, '[{
        "attribute": "VARCHAR", "trait": "VARCHAR", "place_in_braze": "VARCHAR", "is_text": "BOOLEAN",
        "upto_absent": "INTEGER", "upto_null": "INTEGER", "upto_invalid": "INTEGER", "upto_format": "INTEGER",
        "upto_moving": "INTEGER", "upto_settled": "INTEGER", "upto_drift": "INTEGER"
    }]')) AS rate
);
