-- Of each object in doubt, whether the profile shows that it arrived. Only one of a name can be in doubt, and where its
-- count was looked at before, the count tells: it has grown by this one, or not at all; by anything else, somebody else
-- writes there too, and nobody can tell. A purchase counts as many times as its quantity (facts/braze-rest-api §2.7).
-- Without a count everything sent before is older, so `first` and `last` tell, unless somebody else's is newer still. Where
-- `last` has no fraction of a second, Braze may have cut it off, so the same second is no proof.
-- A profile that is there under another id now has been renamed or merged, and is no proof of anything.
CREATE OR REPLACE TEMP TABLE event_verdict AS
SELECT
    doubt.*,
    CASE
        WHEN gone.external_id IS NOT NULL THEN 'gone'
        WHEN seen_profile.external_id IS NULL THEN 'untold'
        WHEN doubt.held IS NOT NULL
            THEN
                CASE seen.count - doubt.held
                    WHEN 0 THEN 'missing'
                    WHEN doubt.quantity THEN 'arrived'
                    ELSE 'untold'
                END
        WHEN seen.external_id IS NULL THEN 'missing'
        WHEN doubt.late THEN 'untold'
        WHEN doubt.happened_at IN (seen.first_at, seen.last_at) THEN 'arrived'
        WHEN doubt.happened_at < seen.first_at THEN 'missing'
        WHEN
            doubt.happened_at > seen.last_at
            AND (date_trunc('second', seen.last_at) <> seen.last_at OR doubt.happened_at >= seen.last_at + INTERVAL 1 SECOND)
            THEN 'missing'
        ELSE 'untold'
    END AS verdict
FROM state.event_doubt AS doubt
LEFT JOIN seen_profile ON doubt.external_id = seen_profile.external_id
LEFT JOIN seen ON doubt.external_id = seen.external_id AND doubt.kind = seen.kind AND doubt.name = seen.name
LEFT JOIN (SELECT unnest(from_json($gone, '["VARCHAR"]')) AS external_id) AS gone ON doubt.external_id = gone.external_id;
