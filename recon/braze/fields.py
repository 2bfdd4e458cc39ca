"""Which standard fields an export can be asked for (facts/braze-rest-api §3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from recon.errors import ConfigError

EXPORTABLE = frozenset(
    {
        "apps",
        "attributed_campaign",
        "attributed_source",
        "attributed_adgroup",
        "attributed_ad",
        "braze_id",
        "cards_clicked",
        "country",
        "created_at",
        "custom_attributes",
        "custom_events",
        "devices",
        "dob",
        "email",
        "email_subscribe",
        "external_id",
        "first_name",
        "gender",
        "home_city",
        "language",
        "last_coordinates",
        "last_name",
        "phone",
        "purchases",
        "push_subscribe",
        "push_tokens",
        "random_bucket",
        "time_zone",
        "total_revenue",
        "uninstalled_at",
        "user_aliases",
    }
)
"""Without campaigns_received and canvases_received: they make exports slow, and end the faster rate of §3.1."""


def checked(fields: Iterable[str]) -> list[str]:
    """`fields` once each, in order; ConfigError for one that Braze does not export or recon does not ask for."""
    wanted = list(dict.fromkeys(fields))
    unknown = [name for name in wanted if name not in EXPORTABLE]
    if unknown:
        raise ConfigError(
            f"Braze's export has no field {', '.join(unknown)}, or recon does not ask for it",
            "Map the trait to a field that can be read back, or to a custom attribute.",
        )
    if not wanted:
        raise ConfigError("no fields to export", "Map at least one trait.")
    return wanted
