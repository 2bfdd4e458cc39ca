-- The objects of every call that is due: a custom event, or a purchase for each product of an order (facts/braze-rest-api
-- §2.6, §2.7; facts/segment §5.3: an order's own properties go along with each purchase). `fault` says what Braze would
-- refuse; its sizes are bytes of the properties.
CREATE OR REPLACE TEMP TABLE event_object AS
WITH
due AS (
    SELECT
        track_call.event_id,
        track_call.message_id,
        judged.external_id,
        judged.name,
        judged.is_order,
        track_call.happened_at,
        track_call.file,
        CASE WHEN json_type(track_call.properties) = 'OBJECT' THEN CAST(track_call.properties AS VARCHAR) ELSE '{}' END AS properties
    FROM judged
    INNER JOIN track_call ON judged.call = track_call.rowid
    WHERE judged.fate = 'due'
),

custom AS (
    SELECT
        * EXCLUDE (properties, is_order),
        0 AS line,
        'event' AS kind,
        1 AS quantity,
        CASE
            WHEN properties = '{}' THEN NULL
            WHEN all_good(properties) THEN properties
            ELSE properties_of(properties, good_properties(properties))
        END AS properties
    FROM due
    WHERE NOT is_order
),

-- An order without products stays one row, to be quarantined.
product AS (
    SELECT
        * EXCLUDE (products),
        unnest(CASE WHEN len(products) > 0 THEN products ELSE [NULL] END) AS product,
        unnest(range(1, greatest(len(products), 1) + 1)) AS line
    FROM (
        SELECT
            * REPLACE (properties_of(properties, list_filter(good_properties(properties), lambda name: name <> 'products')) AS properties),
            coalesce(json_extract(properties, '$.products[*]'), []) AS products,
            json_extract_string(properties, '/currency') AS order_currency
        FROM due
        WHERE is_order
    ) AS orders
),

bought AS (
    SELECT
        * EXCLUDE (product, is_order, name, order_currency),
        product IS NULL AS is_empty,
        coalesce(nullif(json_extract_string(product, '/product_id'), ''), json_extract_string(product, '/id')) AS name,
        upper(coalesce(json_extract_string(product, '/currency'), order_currency)) AS currency,
        TRY_CAST(json_extract_string(product, '/price') AS DOUBLE) AS price,
        TRY_CAST(coalesce(json_extract_string(product, '/quantity'), '1') AS DOUBLE) AS quantity
    FROM product
),

purchase AS (
    SELECT
        *,
        CASE
            WHEN is_empty THEN 'the order has no products'
            WHEN coalesce(name, '') = '' THEN 'the product has no product_id'
            WHEN length(name) > 255 THEN 'the product_id is longer than 255 characters'
            WHEN price IS NULL OR NOT isfinite(price) THEN 'the price is missing or no number'
            WHEN NOT regexp_full_match(coalesce(currency, ''), '[A-Z]{3}') THEN 'no currency is stated'
            WHEN quantity IS NULL OR NOT isfinite(quantity) OR quantity <> floor(quantity) OR quantity NOT BETWEEN 1 AND 100
                THEN 'the quantity is no whole number from 1 to 100'
            WHEN strlen(properties) > 50000 THEN 'its properties are larger than 50 KB'
        END AS fault
    FROM bought
)

SELECT
    event_id,
    line,
    message_id,
    kind,
    external_id,
    name,
    event_key(kind, external_id, name) AS key,
    happened_at,
    quantity,
    CASE WHEN strlen(properties) > 100000 THEN 'its properties are larger than 100 KB' END AS fault,
    '{"external_id":' || CAST(to_json(external_id) AS VARCHAR) || ',"name":' || CAST(to_json(name) AS VARCHAR)
    || strftime(happened_at, ',"time":"%Y-%m-%dT%H:%M:%S.%gZ","_update_existing_only":true')
    || coalesce(',"properties":' || properties, '') || '}' AS object,
    file
FROM custom
UNION ALL
SELECT
    event_id,
    CAST(line AS INTEGER) AS line,
    message_id,
    'purchase' AS kind,
    external_id,
    coalesce(name, '') AS name,
    event_key('purchase', external_id, coalesce(name, '')) AS key,
    happened_at,
    CASE WHEN fault IS NULL THEN CAST(quantity AS INTEGER) END AS quantity,
    fault,
    '{"external_id":' || CAST(to_json(external_id) AS VARCHAR) || ',"product_id":' || CAST(to_json(name) AS VARCHAR)
    || ',"currency":"' || currency || '","price":' || CAST(to_json(price) AS VARCHAR) || ',"quantity":' || CAST(quantity AS INTEGER)
    || strftime(happened_at, ',"time":"%Y-%m-%dT%H:%M:%S.%gZ","_update_existing_only":true,"properties":')
    || properties || '}' AS object,
    file
FROM purchase;
