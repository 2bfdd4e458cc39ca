-- Every connection: one time zone, bounded memory, and room to spill beside the database.
SET TimeZone = 'UTC';
SET memory_limit = $memory;
SET temp_directory = $spill;
SET preserve_insertion_order = FALSE;
SET force_compression = 'uncompressed';
SET autoinstall_known_extensions = FALSE;
SET autoload_known_extensions = FALSE;
