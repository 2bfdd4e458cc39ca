-- What sending one value is billed: one data point, of an object one for each key, of an array of objects one for each key
-- of each (facts/braze-rest-api §2.9). `is_object`: the attribute may be sent as an object.
CREATE OR REPLACE TEMP MACRO data_points(value, is_object) AS CASE
    WHEN is_object AND starts_with(value, '{') THEN greatest(len(json_keys(value)), 1)
    WHEN starts_with(value, '[{')
        THEN greatest(list_sum(list_transform(json_extract(value, '$[*]'), lambda object: len(json_keys(object)))), 1)
    ELSE 1
END;
