-- Explicit nulls that leave a value standing in Braze, over all buckets.
SELECT sum(cells) FROM null_kept;
