-- How many opt-outs a plan has, where nothing has been sent yet.
SELECT count(*) AS waiting FROM read_parquet($corrections) WHERE class = 'unsubscribe';
