-- Some parcels of the outbox, each with its request's body, without the profiles `$skip`. A custom event and a purchase
-- never share one. `places` is NULL where no place is missing.
-- Two of a name in the same second can only be told apart by their count. Where Braze does not show one yet, the second
-- waits for the next outbox, when the first has arrived.
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
    AND (NOT late OR turn = 1 OR key IN (SELECT held.key FROM held))
GROUP BY parcel
ORDER BY first;
