-- What is true of every person, attribute by attribute, and how each side may write it. Columns (all text):
--   want    the value Braze should hold, as minified JSON
--   former  another value, as JSON: what Braze holds where it is stale or wrong; never equal to `want` by any rule
--   held    `want` as Braze holds it where nothing is wrong: 7.0 for 7, a set in another order, further keys
--   raw     Segment's text for `want`; half a dozen spellings of times and dates among them
--   loose   another spelling in Segment of the same value, which is no drift
--   untidy  a spelling in Segment that a person could clean up: cause `format`; untidy_sends what is sent for it
--   bad     a text that the attribute cannot take: cause `invalid`
--   applies whether the attribute is wanted for this person at all (the `when` rule)
CREATE OR REPLACE TEMP TABLE truths AS
SELECT
    i, 'email' AS attribute, TRUE AS applies,
    to_json(email)::VARCHAR AS want,
    to_json('old.' || email)::VARCHAR AS former,
    to_json(email)::VARCHAR AS held,
    email AS raw,
    NULL::VARCHAR AS loose,
    upper(email[1]) || email[2:] AS untidy,
    to_json(upper(email[1]) || email[2:])::VARCHAR AS untidy_sends,
    'not-an-address' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'first_name' AS attribute, TRUE AS applies,
    to_json(first_name)::VARCHAR AS want, to_json(former_first_name)::VARCHAR AS former, want AS held, first_name AS raw
FROM people
UNION ALL BY NAME
SELECT
    i, 'last_name' AS attribute, TRUE AS applies,
    to_json(last_name)::VARCHAR AS want, to_json(former_last_name)::VARCHAR AS former, want AS held, last_name AS raw
FROM people
UNION ALL BY NAME
SELECT
    i, 'phone' AS attribute, TRUE AS applies,
    to_json('+' || digits)::VARCHAR AS want,
    -- A number of their own that nobody has now: who shares a phone number is drawn, not chance.
    to_json('+9998' || lpad(i::VARCHAR, 8, '0'))::VARCHAR AS former,
    want AS held,
    '+' || digits AS raw,
    -- A bare ten-digit number is a US number (facts/braze-rest-api §2.4).
    CASE
        WHEN digits[1] = '1' AND dice(key, 'phone form', 2) = 0
            THEN '(' || digits[2:4] || ') ' || digits[5:7] || '-' || digits[8:]
        WHEN digits[1] = '1' THEN '+1 ' || digits[2:4] || '-' || digits[5:7] || '-' || digits[8:]
        ELSE '+' || digits[1:3] || ' ' || digits[4:6] || ' ' || digits[7:]
    END AS untidy,
    want AS untidy_sends
FROM people
UNION ALL BY NAME
SELECT
    i, 'dob' AS attribute, TRUE AS applies,
    to_json(birthday::VARCHAR)::VARCHAR AS want,
    to_json((birthday + (1 + dice(key, 'dob off', 300))::INTEGER)::VARCHAR)::VARCHAR AS former,
    want AS held,
    -- A birthday has no zone: the date as written counts.
    birthday::VARCHAR || pick(['', '', 'T00:00:00.000Z', 'T23:30:00-05:00'], dice(key, 'dob form', 4)) AS raw,
    '1980-02-30' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'country' AS attribute, TRUE AS applies,
    to_json(place.country)::VARCHAR AS want, to_json(former_place.country)::VARCHAR AS former, want AS held,
    place.country AS raw,
    -- The tax rule reads the text of this trait; where it could apply the text stays a plain code.
    CASE
        WHEN place.country IN ('DE', 'FR') THEN NULL
        WHEN dice(key, 'country form', 2) = 0 THEN place.named
        ELSE lower(place.country)
    END AS untidy,
    want AS untidy_sends,
    CASE WHEN place.country NOT IN ('DE', 'FR') THEN 'Atlantis' END AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'gender' AS attribute, TRUE AS applies,
    to_json(gender)::VARCHAR AS want, to_json(former_gender)::VARCHAR AS former, want AS held, gender AS raw,
    CASE gender
        WHEN 'F' THEN pick(['female', 'Female', 'woman'], dice(key, 'gender form', 3))
        WHEN 'M' THEN pick(['male', 'Male', 'man'], dice(key, 'gender form', 3))
    END AS untidy,
    want AS untidy_sends,
    'dragon' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'language' AS attribute, TRUE AS applies,
    to_json(place.language)::VARCHAR AS want, to_json(former_place.language)::VARCHAR AS former, want AS held,
    place.language AS raw,
    upper(place.language) AS untidy,
    want AS untidy_sends
FROM people
UNION ALL BY NAME
SELECT
    i, 'home_city' AS attribute, TRUE AS applies,
    to_json(place.city)::VARCHAR AS want, to_json(former_place.city)::VARCHAR AS former, want AS held, place.city AS raw
FROM people
UNION ALL BY NAME
SELECT
    i, 'time_zone' AS attribute, TRUE AS applies,
    to_json(place.zone)::VARCHAR AS want, to_json(former_place.zone)::VARCHAR AS former, want AS held,
    place.zone AS raw,
    'Mars/Olympus_Mons' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'plan_tier' AS attribute, TRUE AS applies,
    to_json(plan)::VARCHAR AS want, to_json(former_plan)::VARCHAR AS former, want AS held, plan AS raw,
    pick([' ' || plan, upper(plan), upper(plan[1]) || plan[2:] || ' '], dice(key, 'plan form', 3)) AS untidy,
    want AS untidy_sends
FROM people
UNION ALL BY NAME
SELECT
    i, 'lifetime_value' AS attribute, TRUE AS applies,
    (ltv_cents / 100)::VARCHAR AS want,
    ((ltv_cents - 100 * (1 + dice(key, 'spent since', 90))) / 100)::VARCHAR AS former,
    want AS held,
    ltv_cents::VARCHAR AS raw,
    'n/a' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'signup_time' AS attribute, TRUE AS applies,
    to_json(iso(signed_up))::VARCHAR AS want,
    to_json(iso(signed_up - to_hours(1 + dice(key, 'signup off', 40))))::VARCHAR AS former,
    want AS held,
    CASE dice(key, 'signup form', 4)
        WHEN 0 THEN strftime(signed_up, '%Y-%m-%dT%H:%M:%SZ')
        WHEN 1 THEN strftime(signed_up, '%Y-%m-%d %H:%M:%S')
        WHEN 2 THEN strftime(signed_up + INTERVAL 2 HOUR, '%Y-%m-%dT%H:%M:%S+02:00')
        ELSE iso(signed_up)
    END AS raw,
    'yesterday-ish' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'last_order_at' AS attribute, TRUE AS applies,
    to_json(iso(ordered))::VARCHAR AS want,
    to_json(iso(ordered - to_days(1 + dice(key, 'order before', 90))))::VARCHAR AS former,
    want AS held,
    CASE dice(key, 'order form', 3)
        WHEN 0 THEN strftime(ordered - INTERVAL 5 HOUR, '%Y-%m-%dT%H:%M:%S-05:00')
        WHEN 1 THEN strftime(ordered, '%Y-%m-%dT%H:%M:%SZ')
        ELSE iso(ordered)
    END AS raw
FROM people
UNION ALL BY NAME
SELECT
    i, 'favorites' AS attribute, TRUE AS applies,
    to_json(favorites)::VARCHAR AS want,
    -- One element gone, or one too many where there is but one: another set, not just another order.
    to_json(CASE WHEN len(favorites) > 1 THEN favorites[2:] ELSE favorites || ['sale'] END)::VARCHAR AS former,
    to_json(CASE WHEN dice(key, 'set order', 3) = 0 THEN list_reverse(favorites) ELSE favorites END)::VARCHAR AS held,
    want AS raw,
    to_json(favorites || favorites[1:1])::VARCHAR AS loose
FROM people
UNION ALL BY NAME
SELECT
    i, 'recently_viewed' AS attribute, TRUE AS applies,
    to_json(viewed)::VARCHAR AS want,
    to_json(CASE WHEN len(viewed) > 1 THEN list_reverse(viewed) ELSE viewed || ['SKU-9999'] END)::VARCHAR AS former,
    want AS held,
    want AS raw
FROM people
UNION ALL BY NAME
SELECT
    i, 'address' AS attribute, TRUE AS applies,
    to_json({street: street, city: place.city, postal_code: place.postal, country: place.country})::VARCHAR AS want,
    to_json({street: '9' || street, city: place.city, postal_code: place.postal, country: place.country})::VARCHAR
        AS former,
    CASE dice(key, 'address keys', 3)
        WHEN 0 THEN to_json({country: place.country, postal_code: place.postal, city: place.city, street: street})
        WHEN 1
            THEN to_json({
                street: street, city: place.city, postal_code: place.postal, country: place.country, verified: TRUE
            })
        ELSE want::JSON
    END::VARCHAR AS held,
    -- A null inside an object means that the key is absent.
    CASE
        WHEN dice(key, 'line 2', 3) = 0
            THEN to_json({
                street: street, line2: NULL, city: place.city, postal_code: place.postal, country: place.country
            })
        ELSE want::JSON
    END::VARCHAR AS raw,
    to_json({street: street, 'post.code': place.postal})::VARCHAR AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'nickname' AS attribute, TRUE AS applies,
    to_json(nickname)::VARCHAR AS want, to_json(nickname || '2')::VARCHAR AS former, want AS held, nickname AS raw
FROM people
UNION ALL BY NAME
SELECT
    i, 'greeting' AS attribute, TRUE AS applies,
    to_json(first_name || ' ' || last_name)::VARCHAR AS want,
    to_json(former_first_name || ' ' || last_name)::VARCHAR AS former,
    want AS held
FROM people
UNION ALL BY NAME
SELECT
    i, 'tax_id' AS attribute,
    place.country IN ('DE', 'FR') AS applies,
    to_json(place.country || lpad((100000007 + 13 * i)::VARCHAR, 11, '0'))::VARCHAR AS want,
    to_json('XX' || lpad(i::VARCHAR, 11, '0'))::VARCHAR AS former,
    want AS held,
    place.country || lpad((100000007 + 13 * i)::VARCHAR, 11, '0') AS raw
FROM people
-- The rest of the world seldom has such a number.
WHERE place.country IN ('DE', 'FR') OR dice(key, 'foreign tax id', 25) = 0
UNION ALL BY NAME
SELECT
    i, 'loyalty_points' AS attribute, TRUE AS applies,
    points::VARCHAR AS want,
    (points + 5 * (1 + dice(key, 'points since', 200)))::VARCHAR AS former,
    points || CASE WHEN dice(key, 'points form', 4) = 0 THEN '.0' ELSE '' END AS held,
    points::VARCHAR AS raw,
    points || '.0' AS loose,
    'lots' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'order_count' AS attribute, TRUE AS applies,
    orders::VARCHAR AS want,
    (orders + 1 + dice(key, 'orders since', 5))::VARCHAR AS former,
    want AS held,
    orders::VARCHAR AS raw,
    -- The attribute is a forced Number, so that Braze makes a number of this text.
    '"' || orders || '"' AS loose,
    'many' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'has_app' AS attribute, TRUE AS applies,
    has_app::VARCHAR AS want, (NOT has_app)::VARCHAR AS former, want AS held, has_app::VARCHAR AS raw,
    'perhaps' AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'member_number' AS attribute, TRUE AS applies,
    to_json(member_number)::VARCHAR AS want,
    to_json(member_number || 'X')::VARCHAR AS former,
    want AS held,
    member_number AS raw,
    repeat('9', 300) AS bad
FROM people
UNION ALL BY NAME
SELECT
    i, 'old_segment' AS attribute, TRUE AS applies,
    to_json('B' || dice(key, 'old segment', 9))::VARCHAR AS want,
    'B' || dice(key, 'old segment', 9) AS raw,
    raw AS bad
FROM people;
