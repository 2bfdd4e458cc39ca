-- The traits that calls in event files state, the ones that the mapping reads, as of each call.
CREATE OR REPLACE TEMP TABLE wanted_trait AS
SELECT unnest(CAST($traits AS VARCHAR[])) AS name;

CREATE OR REPLACE TEMP TABLE stated_trait (user_id VARCHAR, name VARCHAR, value VARCHAR, happened_at TIMESTAMPTZ);
