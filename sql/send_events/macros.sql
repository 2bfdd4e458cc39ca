-- What Braze takes as a property of an event (facts/braze-rest-api §2.6): NULL if `value` under `name` is one, else why
-- not. What it does with a text that is too long is not known, so none is sent.
CREATE OR REPLACE TEMP MACRO property_fault(name, value) AS
CASE
    WHEN name = '' THEN 'its name is empty'
    WHEN length(name) > 255 THEN 'its name is longer than 255 characters'
    WHEN starts_with(name, '$') THEN 'its name begins with $'
    WHEN name IN ('time', 'event_name') THEN 'Braze keeps this name for itself'
    WHEN json_type(value) = 'VARCHAR' AND length(json_extract_string(value, '$')) > 255 THEN 'a text of more than 255 characters'
END;

CREATE OR REPLACE TEMP MACRO property_of(object, name) AS
json_extract(object, '/' || replace(replace(name, '~', '~0'), '/', '~1'));

-- Whether a fault can be ruled out without looking at every member, as for most events.
CREATE OR REPLACE TEMP MACRO all_good(properties) AS
length(properties) <= 255 AND NOT regexp_matches(properties, '"(time|event_name|\$[^"]*)?":|null');

-- Names of the members that travel: without a null, which Braze has no use for, and without faulty ones.
CREATE OR REPLACE TEMP MACRO good_properties(properties) AS
list_filter(
    list_distinct(json_keys(properties)),
    lambda name: json_type(property_of(properties, name)) <> 'NULL' AND property_fault(name, property_of(properties, name)) IS NULL
);

CREATE OR REPLACE TEMP MACRO properties_of(properties, names) AS
'{' || array_to_string(
    list_transform(names, lambda name: CAST(to_json(name) AS VARCHAR) || ':' || CAST(property_of(properties, name) AS VARCHAR)), ','
) || '}';

-- What Braze counts together has one key; another profile's or name's may be the same by rare chance, which costs a look.
CREATE OR REPLACE TEMP MACRO event_key(kind, external_id, name) AS
md5_number_lower(kind || chr(0) || external_id || chr(0) || name);
