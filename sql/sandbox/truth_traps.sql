-- The truth about the trap people, as the table of traps says it.
INSERT INTO drifted
SELECT cell.* FROM (
    SELECT unnest(from_json($drifted, '[{
        "external_id": "VARCHAR", "attribute": "VARCHAR", "desired": "VARCHAR", "actual": "VARCHAR", "cause": "VARCHAR"
    }]')) AS cell
);

INSERT INTO moved_members
SELECT move.* FROM (
    SELECT unnest(from_json($moves, '[{
        "external_id": "VARCHAR", "audience": "VARCHAR", "change": "VARCHAR", "cause": "VARCHAR"
    }]')) AS move
);

INSERT INTO missing
SELECT person.* FROM (
    SELECT unnest(from_json($missing, '[{"canonical_segment_id": "VARCHAR", "external_id": "VARCHAR"}]')) AS person
);

INSERT INTO duplicates
SELECT pair.* FROM (
    SELECT unnest(from_json($pairs, '[{
        "cluster": "VARCHAR", "kind": "VARCHAR", "keep": "VARCHAR", "other": "VARCHAR"
    }]')) AS pair
);

INSERT INTO subscriptions
SELECT
    consent.* EXCLUDE (segment, braze),
    date_trunc('second', $now::TIMESTAMP) - to_seconds(consent.segment * 3600),
    date_trunc('second', $now::TIMESTAMP) - to_seconds(consent.braze * 3600)
FROM (
    SELECT unnest(from_json($consents, '[{
        "external_id": "VARCHAR", "address": "VARCHAR", "channel": "VARCHAR", "group": "VARCHAR", "desired": "VARCHAR",
        "actual": "VARCHAR", "kind": "VARCHAR", "segment": "DOUBLE", "braze": "DOUBLE"
    }]')) AS consent
);

INSERT INTO changes
SELECT
    change.id, date_trunc('second', $now::TIMESTAMP) - to_seconds(change.hours_ago * 3600),
    change.* EXCLUDE (id, hours_ago)
FROM (
    SELECT unnest(from_json($changes, '[{
        "id": "VARCHAR", "hours_ago": "DOUBLE", "user_id": "VARCHAR", "external_id": "VARCHAR", "channel": "VARCHAR",
        "group": "VARCHAR", "address": "VARCHAR", "identifier": "VARCHAR", "told_channel": "VARCHAR",
        "status": "VARCHAR", "source": "VARCHAR"
    }]')) AS change
);

INSERT INTO suppressed
SELECT unnest(from_json($suppressed, '["VARCHAR"]')), date_trunc('second', $now::TIMESTAMP) - INTERVAL 9 DAY;

INSERT INTO counts
VALUES ($segment, $braze, $matched, $only_in_braze, $nulls_kept);
