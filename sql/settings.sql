-- Every connection: one time zone, bounded memory, room to spill beside the database, and nothing on standard output, where
-- DuckDB draws bars when it takes Python to be interactive.
SET TimeZone = 'UTC';
SET memory_limit = $memory;
SET temp_directory = $spill;
SET preserve_insertion_order = FALSE;
SET force_compression = 'uncompressed';
SET enable_progress_bar = FALSE;
SET autoinstall_known_extensions = FALSE;
SET autoload_known_extensions = FALSE;
