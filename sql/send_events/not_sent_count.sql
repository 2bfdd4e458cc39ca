-- How much there is to list.
SELECT count(*) FROM not_sent;
