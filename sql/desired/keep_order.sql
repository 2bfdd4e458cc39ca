-- For queries that order a person's user_ids by identity.keep: the one to keep comes first. An id without a time is the
-- oldest. most_active is by the last use of any app, then by sessions, then by age (facts/braze-rest-api §3.3).
{% if keep_active %}
list_max(list_transform(
    json_extract(json_or_null(actual.apps), '$[*]'), lambda app: instant(json_extract_string(app, '$.last_used'))
)) DESC NULLS LAST,
list_sum(list_transform(
    json_extract(json_or_null(actual.apps), '$[*]'), lambda app: TRY_CAST(json_extract_string(app, '$.sessions') AS BIGINT)
)) DESC NULLS LAST,
{% endif %}
{% if keep_newest %}
user_id.happened_at DESC NULLS LAST,
{% else %}
user_id.happened_at ASC NULLS FIRST,
{% endif %}
user_id.user_id ASC
