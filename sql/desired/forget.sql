-- What only served to make `desired`, and would take memory from the comparison.
DROP VIEW resolved;
DROP TABLE untangled;
DROP TABLE wide;
