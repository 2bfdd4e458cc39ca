-- Every string of a JSON text, keys too, quotes included; a key with the colon behind it.
CREATE OR REPLACE TEMP MACRO strings_in(value) AS regexp_extract_all(value, '"(?:[^"\\]|\\.)*":?');

-- JSON text without what is null: in an object its key, in an array its place (rulings). Both patterns step over whole
-- strings, so that a text that says null is none; the second takes away the commas that the first has left behind.
CREATE OR REPLACE TEMP MACRO without_nulls(value) AS
regexp_replace(
    regexp_replace(value, '"(?:[^"\\]|\\.)*":null,?|("(?:[^"\\]|\\.)*")|null,?', '\1', 'g'),
    '("(?:[^"\\]|\\.)*")|,([\]}])', '\1\2', 'g'
);

-- An object as Braze keeps it: keys whose value is null are absent (rulings); no empty key, no spaces, dots or dollars in
-- a key, no text above 255 characters, 100 KB in all (facts/braze-rest-api §2.5). The first look at the keys is quick and
-- sometimes mistaken, the second is exact.
CREATE OR REPLACE TEMP MACRO object_of(value) AS
CASE
    WHEN starts_with(value, '{')
        THEN
            list_transform([CAST(json(json_or_null(value)) AS VARCHAR)], lambda stated: list_transform(
                [CASE
                    WHEN NOT contains(stated, 'null') THEN stated
                    -- The quick way; it leaves what stands in arrays as it is.
                    WHEN NOT contains(stated, '[') THEN CAST(json_merge_patch('{}', stated) AS VARCHAR)
                    ELSE without_nulls(stated)
                END],
                lambda kept: CASE
                    WHEN
                        strlen(kept) <= 100000
                        AND (
                            NOT regexp_matches(kept, '"(?:[^"\\]|\\.)*[ .$](?:[^"\\]|\\.)*":|"":')
                            OR len(list_filter(
                                strings_in(kept), lambda quoted: regexp_full_match(quoted, '"(?:.*[ .$].*)?":')
                            )) = 0
                        )
                        AND (
                            length(kept) <= 255
                            OR list_max(list_transform(
                                strings_in(kept), lambda quoted: length(json_extract_string(rtrim(quoted, ':'), '$'))
                            )) <= 255
                        )
                        THEN kept
                END
            )[1])[1]
END;

-- A flat object as it is written already where nothing in it could be kept otherwise: no blanks between, no escapes, no
-- null, plain keys, short texts, numbers with one spelling. One look instead of reading it as JSON.
CREATE OR REPLACE TEMP MACRO as_object(value) AS
CASE
    WHEN
        length(value) <= 255
        AND regexp_full_match(
            value,
            '\{"[\w-]+":(?:"[^"\\[:cntrl:]]*"|true|false|-?[1-9][0-9]{0,14})(?:,"[\w-]+":(?:"[^"\\[:cntrl:]]*"|true|false|-?[1-9][0-9]{0,14}))*\}'
        )
        THEN value
    ELSE object_of(unquoted(value))
END;

-- The pointer to one key, as json_extract wants it.
CREATE OR REPLACE TEMP MACRO at_key(value, key) AS
CAST(json_extract(value, concat('/', replace(replace(key, '~', '~0'), '/', '~1'))) AS VARCHAR);

-- Two values inside an object: text, number, instant; or an array, which Braze replaces as a whole, so that it is compared
-- in full, in order, and with the objects in it.
CREATE OR REPLACE TEMP MACRO same_leaf(desired, actual) AS
CASE
    WHEN desired = actual THEN TRUE
    WHEN starts_with(desired, '"') AND starts_with(actual, '"') THEN same_instant(desired, actual)
    WHEN regexp_matches(desired, '^[-0-9]') AND regexp_matches(actual, '^[-0-9]') THEN same_number(desired, actual)
    WHEN starts_with(desired, '[') AND starts_with(actual, '[') THEN settled(desired) = settled(actual)
    ELSE FALSE
END;

-- Key by key, and only the keys that Segment states: sibling keys in Braze are no drift (rulings). Written out to five
-- levels of nesting, the innermost first. The members are bound to a name before they are compared, for a macro repeats
-- its arguments wherever it uses them. What SQL finds to differ Python looks at again (recon/mapping/nested.py): it goes
-- deeper, and of a key that stands twice it takes the last one, as Braze does.
CREATE OR REPLACE TEMP MACRO same_object_5(desired, actual) AS same_leaf(desired, actual);
{% for level in range(4, -1, -1) %}
CREATE OR REPLACE TEMP MACRO same_object_{{ level }}(desired, actual) AS
CASE
    WHEN desired = actual THEN TRUE
    WHEN starts_with(desired, '{') AND starts_with(actual, '{')
        -- Without a key there is nothing that could differ.
        THEN coalesce(list_bool_and(list_transform(
            list_transform(
                json_keys(desired), lambda name: {'desired': at_key(desired, name), 'actual': at_key(actual, name)}
            ),
            lambda member{{ level }}: coalesce(same_object_{{ level + 1 }}(member{{ level }}.desired, member{{ level }}.actual), FALSE)
        )), TRUE)
    ELSE same_leaf(desired, actual)
END;
{% endfor %}
-- Of an object without nesting DuckDB tells at once that it has all that the other states. Inside of nested ones it would
-- find members at other places too; and what it denies may still be the same.
CREATE OR REPLACE TEMP MACRO same_object(desired, actual) AS
CASE
    WHEN starts_with(desired, '{') AND regexp_full_match(actual, '\{[^\[{]+') AND json_contains(actual, desired) THEN TRUE
    WHEN same_object_0(desired, actual) THEN TRUE
    ELSE holds_object(actual, desired)
END;
