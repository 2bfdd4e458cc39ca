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

-- An array of scalars. A null among the elements is no value and is left out; a text that is too long, or an element
-- that is no scalar, makes the whole array unreadable. The first branch is the common case: short, and neither a nested
-- value nor a null in sight.
CREATE OR REPLACE TEMP MACRO array_of(value, most) AS
CASE
    WHEN NOT starts_with(value, '[') THEN NULL
    WHEN length(value) <= 257 AND NOT regexp_matches(value, '.[\[{]|null') THEN kept_json(elements(value), most)
    WHEN
        len(list_filter(
            elements(value),
            lambda element: starts_with(element, '{') OR starts_with(element, '[') OR length(element) > 257
        )) = 0
        THEN kept_json(list_filter(elements(value), lambda element: element <> 'null'), most)
END;
CREATE OR REPLACE TEMP MACRO as_array(value, most) AS array_of(unquoted(value), most);

-- One spelling for each element: 7 and 7.0 are one element.
CREATE OR REPLACE TEMP MACRO spelled(list) AS
list_transform(list, lambda element: CASE WHEN starts_with(element, '"') THEN element ELSE coalesce(number_json(element), element) END);

CREATE OR REPLACE TEMP MACRO same_set(desired, actual) AS
desired = actual
OR (
    starts_with(actual, '[')
    AND list_sort(list_distinct(spelled(elements(desired)))) = list_sort(list_distinct(spelled(elements(actual))))
);

CREATE OR REPLACE TEMP MACRO same_list(desired, actual) AS
desired = actual OR (starts_with(actual, '[') AND spelled(elements(desired)) = spelled(elements(actual)));
