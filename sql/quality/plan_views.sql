-- What suites may ask of a plan: what Segment wants, as in the view of Braze, the differences, and the corrections. The columns are
-- those of the run's files, which docs/drift.md and docs/delivery.md describe.
CREATE OR REPLACE TEMP VIEW desired AS
SELECT
    external_id,
    {% for column, name in columns %}
    {{ column }} AS {{ name }},
    {% endfor %}
FROM work.desired;

CREATE OR REPLACE TEMP VIEW attribute_drift AS
SELECT external_id, attribute, desired, actual, cause, reason, observed_at
FROM work.attribute_drift;

CREATE OR REPLACE TEMP VIEW cohort_drift AS
SELECT external_id, audience, change, cause
FROM work.cohort_drift;

CREATE OR REPLACE TEMP VIEW subscription_drift AS
SELECT external_id, address, channel, group_id, desired, actual, kind, segment_time, braze_time
FROM work.subscription_drift;

CREATE OR REPLACE TEMP VIEW corrections AS
SELECT correction_id, stage, class, external_id, field, before, after, cause, data_points, state
FROM work.correction;
