-- From here on queries can read nothing but the folder of the run, and nobody can change that.
SET allowed_directories = [$folder];
SET enable_external_access = FALSE;
SET lock_configuration = TRUE;
