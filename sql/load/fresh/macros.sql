-- A member of a JSON object by its name, whatever the name holds.
CREATE OR REPLACE TEMP MACRO pointed(object, name) AS
json_extract(object, '/' || replace(replace(name, '~', '~0'), '/', '~1'));
