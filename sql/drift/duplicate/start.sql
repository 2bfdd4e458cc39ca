-- Where the findings gather. `other` is an external id, or an alias name where `label` is set. `reason` says in words,
-- without any address, why the two belong together or what keeps recon from joining them.
CREATE OR REPLACE TEMP TABLE found (kind VARCHAR, keep VARCHAR, other VARCHAR, label VARCHAR, reason VARCHAR);
