-- Some parcels of the outbox, each with its request's body, without the profiles `$skip`. A custom event and a purchase
-- never share one. `places` is NULL where no place is missing.
SELECT
    parcel,
    any_value(kind) AS kind,
    min(place) AS first,
    max(place) AS last,
    CASE WHEN count(*) <= max(place) - min(place) THEN list(place ORDER BY place) END AS places,
    list(DISTINCT external_id) AS ids,
    '{"' || any_value(kind) || 's":[' || string_agg(object, ',' ORDER BY place) || ']}' AS body
FROM outbox
WHERE
    parcel BETWEEN $first AND $last
    AND external_id NOT IN (SELECT unnest(from_json($skip, '["VARCHAR"]')))
GROUP BY parcel
ORDER BY first;
