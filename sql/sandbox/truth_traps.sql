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

INSERT INTO suppressed
SELECT unnest(from_json($suppressed, '["VARCHAR"]')), date_trunc('second', $now::TIMESTAMP) - INTERVAL 9 DAY;

INSERT INTO counts
VALUES ($segment, $braze, $matched, $only_in_braze, $nulls_kept);
