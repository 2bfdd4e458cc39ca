-- Objects in the outbox, and requests that they make.
SELECT count(*) AS objects, coalesce(max(parcel), 0) AS parcels FROM outbox;
