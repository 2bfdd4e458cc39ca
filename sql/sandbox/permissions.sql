-- What people may consent to, and the stories of it, from recon/sandbox/seed/consents.py.
CREATE OR REPLACE TEMP TABLE permissions AS
SELECT permission.*
FROM (
    SELECT unnest(from_json($permissions, '[{
        "channel": "VARCHAR", "group_id": "VARCHAR", "trait": "VARCHAR", "outs": ["VARCHAR"], "ins": ["VARCHAR"],
        "opted_ins": ["VARCHAR"]
    }]')) AS permission
);

CREATE OR REPLACE TEMP TABLE stories AS
SELECT story.*
FROM (
    SELECT unnest(from_json($stories, '[{
        "name": "VARCHAR", "draw_from": "INTEGER", "draw_upto": "INTEGER", "states": "VARCHAR", "dated": "VARCHAR",
        "braze": "VARCHAR", "kind": "VARCHAR", "scope": "VARCHAR",
        "told": [{
            "status": "VARCHAR", "by": "VARCHAR", "hours": "DOUBLE", "counts": "BOOLEAN", "addressed": "BOOLEAN"
        }]
    }]')) AS story
);

-- A member of `groups` in a document of Braze's; a group that nobody ever set is not there.
CREATE OR REPLACE TEMP MACRO group_state(id, state) AS
    CASE WHEN state <> 'unknown' THEN '"' || id || '":"' || upper(state[1]) || state[2:] || '"' END;
