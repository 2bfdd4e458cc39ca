-- From here on chunks are judged, one after the other, beside reading, writing and sending: one thread does that with less ado
-- than several. Of the ledger as much is kept in memory as there is room for; without a limit that would be all of it, and
-- forwarding would take the more memory the more was ever sent. It is read again and again, so it is worth compressing.
SET threads = 1;
SET memory_limit = $memory;
SET force_compression = 'auto';
