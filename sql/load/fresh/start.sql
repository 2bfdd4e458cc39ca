-- The traits that calls in event files state, the ones that the mapping reads, as of each call.
CREATE OR REPLACE TEMP TABLE wanted_trait AS
SELECT unnest(CAST($traits AS VARCHAR[])) AS name;

CREATE OR REPLACE TEMP TABLE stated_trait (
    user_id VARCHAR, anonymous_id VARCHAR, name VARCHAR, value VARCHAR, happened_at TIMESTAMPTZ
);

-- Which ids stand together in one of them.
CREATE OR REPLACE TEMP TABLE stated_together (user_id VARCHAR, anonymous_id VARCHAR);
