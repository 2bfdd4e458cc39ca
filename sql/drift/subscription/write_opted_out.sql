-- What the audit records of a night: who is opted out, and whose deletion Segment asks for, every id of such a person, with
-- whether Braze still has it.
COPY (
    SELECT person, nameless, field, channel, group_id, address, actual, stated, suppressed, stated_at, out_at
    FROM opted_out
    ORDER BY person, field
) TO $opted_out (FORMAT parquet, COMPRESSION zstd);
COPY (
    WITH asked AS (
        SELECT suppression.user_id AS person, suppression.happened_at AS asked_at
        FROM suppression
        WHERE suppression.user_id IS NOT NULL
        UNION ALL
        SELECT other.user_id AS person, suppression.happened_at AS asked_at
        FROM suppression
        INNER JOIN user_id AS own ON suppression.user_id = own.user_id
        INNER JOIN user_id AS other ON own.profile = other.profile
    )

    SELECT
        asked.person,
        min(asked.asked_at) AS asked_at,
        bool_or(actual.external_id IS NOT NULL) AS present
    FROM asked
    LEFT JOIN actual ON asked.person = actual.external_id
    GROUP BY asked.person
    ORDER BY asked.person
) TO $deletion (FORMAT parquet, COMPRESSION zstd);
