-- The instant that a text means, NULL if it means none: the forms Braze reads (facts/braze-rest-api §2.5), years up to
-- 3000, no zone = UTC. Needs the session's time zone to be UTC.
CREATE OR REPLACE TEMP MACRO instant(value) AS
CASE
    WHEN regexp_full_match(value, '(?:[0-2][0-9]{3}|3000)-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}:?([0-9]{2})?))?)?')
        THEN TRY_CAST(replace(replace(value, ' +', '+'), ' -', '-') AS TIMESTAMPTZ)
    WHEN regexp_full_match(value, '(?:[0-2][0-9]{3}|3000)-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}:[0-9]{3}Z')
        THEN TRY_CAST(try_strptime(value, '%Y-%m-%dT%H:%M:%S:%gZ') AS TIMESTAMPTZ)
    WHEN regexp_full_match(value, '[0-9]{1,2}/[0-9]{1,2}/(?:[0-2][0-9]{3}|3000)')
        THEN TRY_CAST(try_strptime(value, '%m/%d/%Y') AS TIMESTAMPTZ)
    -- ddd MM dd HH:mm:ss.TZD YYYY, as the documentation spells it.
    WHEN regexp_full_match(value, '[A-Za-z]{3} [0-9]{2} [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.?(Z|[+-][0-9]{2}:?[0-9]{2}) (?:[0-2][0-9]{3}|3000)')
        THEN
            TRY_CAST(
                regexp_replace(value, '^.{4}(..) (..) (.{8})\.?(\S+) (....)$', '\5-\1-\2T\3\4') AS TIMESTAMPTZ
            )
END;

CREATE OR REPLACE TEMP MACRO instant_json(moment) AS strftime(moment, '"%Y-%m-%dT%H:%M:%S.%gZ"');

-- A time as Braze writes it back, with milliseconds. The first branches are the common spellings and save the formatting.
CREATE OR REPLACE TEMP MACRO as_time(value) AS
CASE
    WHEN length(value) = 24 AND value LIKE '____-__-__T__:__:__.___Z' AND value BETWEEN '0' AND '3001'
        THEN CASE WHEN TRY_CAST(value AS TIMESTAMP) IS NOT NULL THEN concat('"', value, '"') END
    WHEN length(value) = 20 AND value LIKE '____-__-__T__:__:__Z' AND value BETWEEN '0' AND '3001'
        THEN CASE WHEN TRY_CAST(value AS TIMESTAMP) IS NOT NULL THEN concat('"', left(value, 19), '.000Z"') END
    WHEN length(value) = 22 AND value LIKE '"____-__-__T__:__:__Z"' AND value BETWEEN '"0' AND '"3001'
        THEN CASE WHEN TRY_CAST(substring(value, 2, 20) AS TIMESTAMP) IS NOT NULL THEN concat(left(value, 20), '.000Z"') END
    WHEN length(value) = 26 AND value LIKE '"____-__-__T__:__:__.___Z"' AND value BETWEEN '"0' AND '"3001'
        THEN CASE WHEN TRY_CAST(substring(value, 2, 24) AS TIMESTAMP) IS NOT NULL THEN value END
    ELSE instant_json(instant(trim(unquoted(value))))
END;

-- Instants are compared as instants, to the millisecond, whatever their format.
CREATE OR REPLACE TEMP MACRO same_instant(desired, actual) AS
date_trunc('milliseconds', instant(json_extract_string(desired, '$')))
= date_trunc('milliseconds', instant(json_extract_string(actual, '$')));
CREATE OR REPLACE TEMP MACRO same_time(desired, actual) AS
CASE WHEN desired = actual THEN TRUE ELSE same_instant(desired, actual) END;
