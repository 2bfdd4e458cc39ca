-- The people numbered $first .. $last - 1: who they are, on which side they live, and what is true of them today.
CREATE OR REPLACE TEMP TABLE people AS
WITH numbered AS (
    SELECT range AS i, hash($seed::BIGINT, range) AS key FROM range($first, $last)
),

drawn AS (
    SELECT
        i, key,
        dice(key, 'role', 1000) AS role_at,
        dice(key, 'first name', len(first_names)) AS first_at,
        dice(key, 'last name', len(last_names)) AS last_at,
        dice(key, 'place', len(places)) AS place_at,
        dice(key, 'gender', len(genders)) AS gender_at,
        dice(key, 'plan', len(plans)) AS plan_at,
        dice(key, 'category', len(categories)) AS category_at,
        dice(key, 'categories', 4) + 1 AS category_count,
        dice(key, 'viewed', 5) AS viewed_count,
        dice(key, 'merged', 1000) AS merged_at,
        dice(key, 'second id', 1000) AS second_at,
        dice(key, 'backfill', 1000) AS backfill_at,
        -- Some households, of two people each, have one mailbox.
        dice(hash($seed::BIGINT, 'household', i // 2), 'mailbox', 1000) < 20 AS shares_mailbox,
        dice(hash($seed::BIGINT, xor(i, 1)), 'role', 1000) AS other_role_at,
        dice(key, 'days', 1200) + 60 AS days,
        words.*
    FROM numbered, words
)

SELECT
    i,
    key,
    -- known: in both. missing: not in Braze. anonymous: no user_id yet. suppressed: in both, and never touched.
    CASE
        WHEN role_at < 20 THEN 'anonymous'
        WHEN role_at < 35 THEN 'missing'
        WHEN role_at < 38 THEN 'suppressed'
        ELSE 'known'
    END AS role,
    -- 0: never merged. 1: one profile was merged into this one. 2: a chain, c into b into this one.
    CASE WHEN role_at < 20 THEN 0 WHEN merged_at < 25 THEN 1 WHEN merged_at < 30 THEN 2 ELSE 0 END AS merges,
    'u_' || i AS user_id,
    -- A second user_id, younger than the first, that seldom reached Braze.
    CASE WHEN second_at < 20 THEN 'u_' || i || '_b' END AS second_user_id,
    'anon-' || left(md5('anon' || key), 20) AS anonymous_id,
    -- Seen on another device as well, later.
    CASE WHEN dice(key, 'second device', 1000) < 60 THEN 'anon-' || left(md5('device' || key), 20) END
        AS second_anonymous_id,
    segment_id(key, 'a') AS canonical_id,
    -- A known person whose profiles are not one in Braze. merge: the second user_id lives there too. rename: an older
    -- user_id, and so the one to keep, never got there. alias: the profile has no alias. identify: a profile of its own
    -- holds the alias, and the person's has none.
    CASE
        WHEN role_at < 38 THEN NULL
        WHEN second_at < 6 THEN 'merge'
        WHEN dice(key, 'duplicate', 1000) < 3 AND backfill_at >= 20 AND second_at >= 20 THEN 'rename'
        WHEN dice(key, 'duplicate', 1000) < 8 THEN 'alias'
        WHEN dice(key, 'duplicate', 1000) < 13 THEN 'identify'
    END AS duplicate,
    'u_' || i || '_a' AS older_user_id,
    -- Loaded from a backfill: its rows carry no time (facts/segment §10.32).
    backfill_at < 20 AS backfilled,
    date_trunc('second', $now::TIMESTAMP) - to_days(days) - to_seconds(dice(key, 'signup second', 86400)) AS signed_up,
    date_trunc('second', $now::TIMESTAMP) - to_days(2 + dice(key, 'order day', days - 5))
    - to_seconds(dice(key, 'order second', 86400)) AS ordered,
    pick(first_names, first_at) AS first_name,
    pick(first_names, first_at + 7) AS former_first_name,
    pick(last_names, last_at) AS last_name,
    pick(last_names, last_at + 5) AS former_last_name,
    shares_mailbox,
    shares_mailbox AND (role_at BETWEEN 35 AND 37 OR other_role_at BETWEEN 35 AND 37) AS shares_suppressed,
    -- Latin letters only; a name without any leaves just the last name.
    CASE
        WHEN shares_mailbox THEN 'family.' || i // 2 || '@example.com'
        ELSE
            ltrim(
                regexp_replace(
                    strip_accents(lower(pick(first_names, first_at) || '.' || pick(last_names, last_at))),
                    '[^a-z.]', '', 'g'
                ),
                '.'
            ) || i
            || CASE WHEN dice(key, 'mail host', 3) = 0 THEN '@example.org' ELSE '@example.com' END
    END AS email,
    -- Fictional numbers: 555-01xx in any area code but 415, where the trap people live; then a country code that is not
    -- assigned.
    CASE
        WHEN i < 79900
            THEN
                '1' || (200 + i % 799 + CASE WHEN i % 799 < 215 THEN 0 ELSE 1 END)
                || '55501' || lpad((i // 799)::VARCHAR, 2, '0')
        ELSE '999' || lpad(i::VARCHAR, 9, '0')
    END AS digits,
    DATE '1945-01-01' + dice(key, 'birthday', 22000)::INTEGER AS birthday,
    pick(places, place_at) AS place,
    pick(places, place_at + 1) AS former_place,
    pick(genders, gender_at) AS gender,
    pick(genders, gender_at + 1) AS former_gender,
    pick(plans, plan_at) AS plan,
    pick(plans, plan_at + 1) AS former_plan,
    (dice(key, 'spent', 200000) * 100 + 1 + dice(key, 'cents', 99)) AS ltv_cents,
    dice(key, 'points', 5000) AS points,
    dice(key, 'orders', 60) + 1 AS orders,
    list_transform(range(category_count), lambda n: pick(categories, category_at + n * 5)) AS favorites,
    list_transform(range(viewed_count), lambda n: 'SKU-' || (10000 + (dice(key, 'sku', 900) + n * 37) % 900)) AS viewed,
    (1 + dice(key, 'house', 180)) || ' ' || pick(streets, dice(key, 'street', 100)) AS street,
    pick(nicknames, dice(key, 'nickname', 100)) AS nickname,
    lpad((7 * i % 100000000)::VARCHAR, 8, '0') AS member_number,
    dice(key, 'app', 3) > 0 AS has_app,
    pick(campaigns, dice(key, 'campaign', 100)) AS campaign,
    pick(colours, dice(key, 'colour', 100)) AS colour
FROM drawn;
