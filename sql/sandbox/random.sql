-- Repeatable chance: everything the seed "draws" is a hash of the profile's key and a word that names the question, so
-- a profile is the same in whatever bucket it is made, and a question can be asked twice with the same answer.

-- 0 .. sides - 1
CREATE OR REPLACE TEMP MACRO dice(key, question, sides) AS (hash(key, question) % sides)::BIGINT;

CREATE OR REPLACE TEMP MACRO pick(choices, nth) AS choices[(nth % len(choices)) + 1];

-- Segment's and Braze's usual spelling of an instant.
CREATE OR REPLACE TEMP MACRO iso(instant) AS strftime(instant, '%Y-%m-%dT%H:%M:%S.000Z');

-- `canonical_segment_id` of profile `number`, and of the profiles that were merged into it ('b', 'c').
CREATE OR REPLACE TEMP MACRO segment_id(key, twin) AS 'use_' || left(md5(key || twin), 24);

-- Segment's `seq`: text, derived from the time (facts/segment §1.2).
CREATE OR REPLACE TEMP MACRO seq_of(instant) AS (epoch_ms(instant) * 1000)::VARCHAR;

-- When the loader wrote the row: the hourly sync after it happened; rows without a time came with a recent backfill.
CREATE OR REPLACE TEMP MACRO loaded_at(instant, now) AS
    coalesce(least(date_trunc('hour', instant) + INTERVAL 65 MINUTE, now), now - INTERVAL 20 HOUR);
