-- Where the comparison gathers, bucket by bucket (sql/drift/cells.sql): cells that differ, cells that cannot be read or are
-- only spelled differently, and how many explicit nulls leave a value standing.
CREATE OR REPLACE TEMP TABLE differing_cell (external_id VARCHAR, attribute VARCHAR, desired VARCHAR, actual VARCHAR);
CREATE OR REPLACE TEMP TABLE noted_cell (
    external_id VARCHAR, attribute VARCHAR, source VARCHAR, reason VARCHAR, tidy VARCHAR, desired VARCHAR, actual VARCHAR
);
CREATE OR REPLACE TEMP TABLE null_kept (cells BIGINT);
