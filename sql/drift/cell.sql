-- What the mapping says of each attribute, and which traits each is made of.
CREATE OR REPLACE TABLE cell AS SELECT attribute, owner, is_object FROM mapping_cells;
CREATE OR REPLACE TEMP TABLE cell_trait AS SELECT attribute, trait FROM mapping_traits;
CREATE OR REPLACE TEMP TABLE alias_rule AS SELECT type, label FROM mapping_aliases;
