-- The counts of truth.json, one row.
SELECT
    {
        segment: sum(segment), braze: sum(braze), matched: sum(matched),
        missing_in_braze: (SELECT count(*) FROM missing), only_in_braze: sum(only_in_braze)
    } AS profiles,
    (SELECT count(*) FROM drifted) AS drifted_cells,
    (SELECT count(DISTINCT external_id) FROM drifted) AS drifted_profiles,
    (
        SELECT map_from_entries(list((cause, n) ORDER BY cause))
        FROM (SELECT cause, count(*) AS n FROM drifted GROUP BY cause)
    ) AS by_cause,
    (
        SELECT map_from_entries(list((attribute, n) ORDER BY attribute))
        FROM (SELECT attribute, count(*) AS n FROM drifted GROUP BY attribute)
    ) AS by_attribute,
    sum(nulls_kept) AS nulls_kept,
    (
        SELECT map_from_entries(list((kind, n) ORDER BY kind))
        FROM (SELECT kind, count(*) AS n FROM duplicates GROUP BY kind)
    ) AS duplicates,
    (
        SELECT {
            unsubscribe: count(*) FILTER (kind = 'unsubscribe'), conflict: count(*) FILTER (kind = 'conflict'),
            resubscribe: count(*) FILTER (kind = 'resubscribe')
        } FROM subscriptions
    ) AS subscriptions
FROM counts;
