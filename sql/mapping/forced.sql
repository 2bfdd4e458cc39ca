-- What becomes of JSON text whose attribute has a forced type in Braze (facts/braze-rest-api §2.5): texts, numbers and
-- truth values are coerced, arrays and objects never, and what cannot be coerced Braze drops silently: NULL.
CREATE OR REPLACE TEMP MACRO forced_string(value) AS
CASE WHEN starts_with(value, '"') THEN value WHEN NOT regexp_matches(value, '^[\[{]') THEN concat('"', value, '"') END;

CREATE OR REPLACE TEMP MACRO forced_number(value) AS as_number(value);
CREATE OR REPLACE TEMP MACRO forced_boolean(value) AS as_boolean(value);
CREATE OR REPLACE TEMP MACRO forced_time(value) AS CASE WHEN starts_with(value, '"') THEN as_time(value) END;

-- An array of objects is a type of its own, and the empty array is of both.
CREATE OR REPLACE TEMP MACRO forced_array(value) AS
CASE WHEN starts_with(value, '[') AND NOT starts_with(value, '[{') THEN value END;
CREATE OR REPLACE TEMP MACRO forced_object_array(value) AS CASE WHEN starts_with(value, '[{') OR value = '[]' THEN value END;
CREATE OR REPLACE TEMP MACRO forced_object(value) AS CASE WHEN starts_with(value, '{') THEN value END;
