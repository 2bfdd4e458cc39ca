-- PostgreSQL: all tables as of one moment, so that no merge falls between two reads (facts/segment §1.6), nothing written,
-- and times as text in one form.
SET transaction_isolation = 'repeatable read';
SET transaction_read_only = TRUE;
SET timezone = 'UTC';
SET datestyle = 'ISO';
