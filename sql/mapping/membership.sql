-- Memberships of audiences. What Segment says: 'true' or 'false', NULL where it states nothing (no row, or a null), and
-- 'unreadable' for any other word, by which nobody should lose a membership.
CREATE OR REPLACE TEMP MACRO membership(value) AS
CASE WHEN value <> 'null' THEN coalesce(as_boolean(value), 'unreadable') END;

-- What Braze says, by the JSON text of a boolean attribute, or of an array of keys: absent means not a member, and so
-- does any other value, for no segment filter of Braze takes the text "true" for a truth.
CREATE OR REPLACE TEMP MACRO holds_true(held) AS coalesce(held = 'true', FALSE);
CREATE OR REPLACE TEMP MACRO holds_key(held, key) AS
CASE WHEN starts_with(held, '[') THEN coalesce(list_contains(elements(held), key), FALSE) ELSE FALSE END;
