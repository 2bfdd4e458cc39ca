-- For queries that order a person's user_ids by identity.keep: the one to keep comes first. An id without a time is the
-- oldest. An export tells no activity, so most_active falls back to oldest.
{% if keep_newest %}
user_id.happened_at DESC NULLS LAST,
{% else %}
user_id.happened_at ASC NULLS FIRST,
{% endif %}
user_id.user_id ASC
