-- One round of clustering: every id with a lesser neighbour points to the least of them.
CREATE OR REPLACE TEMP TABLE pointer AS
SELECT greater AS id, min(lesser) AS root FROM link GROUP BY greater;
