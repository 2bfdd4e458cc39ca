-- Every string of a JSON text, keys too, quotes included.
CREATE OR REPLACE TEMP MACRO strings_in(value) AS regexp_extract_all(value, '"(?:[^"\\]|\\.)*"');

-- An object as Braze keeps it: keys whose value is null are absent (rulings); no spaces, dots or dollars in a key,
-- no text above 255 characters, 100 KB in all (facts/braze-rest-api §2.5).
CREATE OR REPLACE TEMP MACRO without_nulls(value) AS CAST(json_merge_patch('{}', json_or_null(value)) AS VARCHAR);

CREATE OR REPLACE TEMP MACRO object_of(value) AS
CASE
    WHEN starts_with(value, '{')
        THEN
            list_transform([without_nulls(value)], lambda kept: CASE
                WHEN
                    strlen(kept) <= 102400
                    AND NOT regexp_matches(kept, '"(?:[^"\\]|\\.)*[ .$](?:[^"\\]|\\.)*":')
                    AND (
                        length(kept) <= 255
                        OR list_max(list_transform(
                            strings_in(kept), lambda quoted: length(json_extract_string(quoted, '$'))
                        )) <= 255
                    )
                    THEN kept
            END)[1]
END;
CREATE OR REPLACE TEMP MACRO as_object(value) AS object_of(unquoted(value));

-- The pointer to one key, as json_extract wants it.
CREATE OR REPLACE TEMP MACRO at_key(value, key) AS
CAST(json_extract(value, concat('/', replace(replace(key, '~', '~0'), '/', '~1'))) AS VARCHAR);

-- Two values inside an object: text, number, instant or array.
CREATE OR REPLACE TEMP MACRO same_leaf(desired, actual) AS
CASE
    WHEN desired = actual THEN TRUE
    WHEN starts_with(desired, '"') AND starts_with(actual, '"')
        THEN instant(json_extract_string(desired, '$')) = instant(json_extract_string(actual, '$'))
    WHEN starts_with(desired, '[') AND starts_with(actual, '[') THEN spelled(elements(desired)) = spelled(elements(actual))
    WHEN regexp_matches(desired, '^[-0-9]') AND regexp_matches(actual, '^[-0-9]') THEN same_number(desired, actual)
    ELSE FALSE
END;

-- Key by key, and only the keys that Segment states: sibling keys in Braze are no drift (rulings). Written out to five
-- levels of nesting, the innermost first; what lies deeper is compared as text. The members are bound to a name
-- before they are compared, for a macro repeats its arguments wherever it uses them.
{% for level in range(5, -1, -1) %}
CREATE OR REPLACE TEMP MACRO same_object_{{ level }}(desired, actual) AS
CASE
    WHEN desired = actual THEN TRUE
    {% if level < 5 %}
    WHEN starts_with(desired, '{') AND starts_with(actual, '{')
        -- Without a key there is nothing that could differ.
        THEN coalesce(list_bool_and(list_transform(
            list_transform(
                json_keys(desired), lambda name: {'desired': at_key(desired, name), 'actual': at_key(actual, name)}
            ),
            lambda member{{ level }}: coalesce(same_object_{{ level + 1 }}(member{{ level }}.desired, member{{ level }}.actual), FALSE)
        )), TRUE)
    {% endif %}
    ELSE same_leaf(desired, actual)
END;
{% endfor %}
CREATE OR REPLACE TEMP MACRO same_object(desired, actual) AS same_object_0(desired, actual);
