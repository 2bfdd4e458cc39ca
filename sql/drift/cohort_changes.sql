-- Who enters and leaves each audience, those in flight with them (rulings, "More on files, counts and budgets").
SELECT
    cohort.number,
    cohort.audience,
    count(*) FILTER (WHERE cohort_drift.change = 'enter') AS enter,
    count(*) FILTER (WHERE cohort_drift.change = 'leave') AS leave,
    count(*) FILTER (
        WHERE cohort_drift.cause NOT IN ('in_flight', 'invalid') AND cohort_drift.nights < $give_up_after
    ) AS to_repair
FROM cohort
LEFT JOIN cohort_drift ON cohort.number = cohort_drift.number
GROUP BY cohort.number, cohort.audience
ORDER BY cohort.number;
