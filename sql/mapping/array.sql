-- The elements of a JSON array, each as JSON text.
CREATE OR REPLACE TEMP MACRO elements(value) AS CAST(json_extract(json_or_null(value), '$[*]') AS VARCHAR[]);

-- A list without repeats, first places kept, cut to what the attribute holds: as Braze would keep it
-- (facts/braze-rest-api §2.5; which end is cut is unverified, rulings say the first elements stay).
CREATE OR REPLACE TEMP MACRO kept(list, most) AS
CASE
    WHEN len(list) = list_unique(list) THEN list[:most]
    ELSE list_filter(list, lambda element, place: list_position(list, element) = place)[:most]
END;

-- The same as JSON. The list is bound to a name first: a macro repeats its arguments wherever it uses them. No list (text
-- that begins like one and is not JSON) stays NULL: concat would make an empty array of it, and that would be pushed.
CREATE OR REPLACE TEMP MACRO kept_json(list, most) AS
list_transform(
    [list], lambda bound: CASE WHEN bound IS NOT NULL THEN concat('[', array_to_string(kept(bound, most), ','), ']') END
)[1];

-- One spelling for each scalar element: 7 and 7.0 are one element.
CREATE OR REPLACE TEMP MACRO spelled(list) AS
list_transform(list, lambda element: CASE WHEN starts_with(element, '"') THEN element ELSE plain_number(element) END);

-- Objects as a JSON array, as Braze keeps them: all of them, repeats too, together at most 100 KB (§2.5).
CREATE OR REPLACE TEMP MACRO objects_json(list) AS
list_transform(
    [list_transform(list, lambda element: object_of(element))],
    lambda kept: CASE
        WHEN list_position(kept, NULL) IS NULL AND list_sum(list_transform(kept, lambda object: strlen(object) + 1)) < 100000
            THEN concat('[', array_to_string(kept, ','), ']')
    END
)[1];

-- An array of scalars, or of objects. A null among the elements is no value and is left out; a text that is too long, or
-- elements of both kinds, make the whole array unreadable. The first branch is the common case: short, without a nested
-- value or a null in sight, and without a number that has a second spelling.
CREATE OR REPLACE TEMP MACRO array_of(value, most) AS
CASE
    WHEN NOT starts_with(value, '[') THEN NULL
    WHEN length(value) <= 257 AND NOT regexp_matches(value, '.[\[{]|null|[\[,]\s*-?(?:0[,\]\s]|[0-9]+[.eE])')
        THEN kept_json(elements(value), most)
    ELSE
        list_transform(
            [list_filter(elements(value), lambda element: element <> 'null')],
            lambda bound: CASE
                WHEN
                    len(list_filter(
                        bound,
                        lambda element: regexp_matches(element, '^[\[{]')
                        OR (length(element) > 257 AND length(json_extract_string(element, '$')) > 255)
                    )) = 0
                    THEN kept_json(spelled(bound), most)
                WHEN len(list_filter(bound, lambda element: NOT starts_with(element, '{'))) = 0 THEN objects_json(bound)
            END
        )[1]
END;

-- The common case is told by one look: no blanks between, no escapes, no null, short texts without commas, numbers with one
-- spelling. Its elements are what stands between the commas, so it need not be read as JSON, and mostly stays as it is.
CREATE OR REPLACE TEMP MACRO as_array(value, most) AS
CASE
    WHEN
        length(value) <= 257
        AND regexp_full_match(
            value,
            '\[(?:"[^",\\[:cntrl:]]*"|true|false|-?[1-9][0-9]{0,14})(?:,(?:"[^",\\[:cntrl:]]*"|true|false|-?[1-9][0-9]{0,14}))*\]'
        )
        THEN
            list_transform(
                [string_split(substring(value, 2, length(value) - 2), ',')],
                lambda bound: CASE
                    WHEN len(bound) <= most AND len(bound) = list_unique(bound) THEN value
                    ELSE concat('[', array_to_string(kept(bound, most), ','), ']')
                END
            )[1]
    ELSE array_of(unquoted(value), most)
END;

-- Objects among the elements are compared in full, for Braze replaces such an array as a whole; and they count, for it
-- keeps repeats (recon/mapping/nested.py).
CREATE OR REPLACE TEMP MACRO same_set(desired, actual) AS
desired = actual
OR (
    starts_with(actual, '[')
    AND CASE
        WHEN starts_with(desired, '[{') THEN settled_set(desired) = settled_set(actual)
        ELSE list_sort(list_distinct(spelled(elements(desired)))) = list_sort(list_distinct(spelled(elements(actual))))
    END
);

CREATE OR REPLACE TEMP MACRO same_list(desired, actual) AS
desired = actual
OR (
    starts_with(actual, '[')
    AND CASE
        WHEN starts_with(desired, '[{') THEN settled(desired) = settled(actual)
        ELSE spelled(elements(desired)) = spelled(elements(actual))
    END
);
