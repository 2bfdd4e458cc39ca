-- One more migration is done.
INSERT INTO migration (version) VALUES ($version);
