-- How many states were told twice, which happens where people move between Braze's pages while it is asked. Hashes take a
-- quarter of the memory of ids, and two that are alike by chance only cost a needless pass (sql/load/group_state_single.sql).
SELECT count(*) - count(DISTINCT hash(external_id, group_id)) FROM group_state;
