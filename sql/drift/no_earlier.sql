-- No earlier run: nothing to compare with.
CREATE OR REPLACE TEMP TABLE earlier_cell AS
SELECT
    NULL::VARCHAR AS external_id,
    NULL::VARCHAR AS attribute,
    NULL::BOOLEAN AS stated,
    NULL::BOOLEAN AS desired_moved,
    NULL::BOOLEAN AS actual_moved
WHERE FALSE;

CREATE OR REPLACE TEMP TABLE earlier_cause AS
SELECT NULL::VARCHAR AS external_id, NULL::VARCHAR AS attribute, NULL::VARCHAR AS cause WHERE FALSE;
