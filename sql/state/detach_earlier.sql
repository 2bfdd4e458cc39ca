-- The earlier run is no longer needed.
DETACH earlier;
