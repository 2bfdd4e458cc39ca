-- The bucket's consents as Braze's documents hold them: a person's states, and the groups that know them; `email_groups`
-- are those that spread by e-mail address.
CREATE OR REPLACE TEMP TABLE consents_held AS
WITH stated AS (
    SELECT
        i,
        any_value(state) FILTER (channel = 'email' AND group_id IS NULL) AS email,
        any_value(state) FILTER (channel = 'push') AS push,
        any_value(state) FILTER (group_id = $digest) AS digest,
        any_value(state) FILTER (group_id = $offers) AS offers
    FROM consents
    GROUP BY i
)

SELECT
    stated.i, email, push,
    concat_ws(',', group_state($newsletter, memberships.state), group_state($digest, digest)) AS email_groups,
    concat_ws(',', nullif(email_groups, ''), group_state($offers, offers)) AS groups
FROM stated
INNER JOIN memberships ON stated.i = memberships.i AND memberships.group_id = $newsletter;
