"""Consent: channels and subscription groups, the trait that states it, and the address that a state belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recon.config.models import Config
from recon.store.sql import Sql, ident, text

GROUP_FIELD = "subscription_group:{}"
"""What a correction calls the state in a subscription group."""


@dataclass(frozen=True)
class Channel:
    """A channel as a whole (`group_id` None), or one subscription group."""

    number: int
    channel: str | None
    """None for a group of which only an audience says that it exists."""
    group_id: str | None
    trait: str | None
    """None: only suppressed people have a say here."""
    unsubscribed: tuple[str, ...] = ()
    opted_in: tuple[str, ...] = ()
    """Words, in lower case."""

    @property
    def field(self) -> str:
        """The field of a correction."""
        return GROUP_FIELD.format(self.group_id) if self.group_id else f"{self.channel}_subscribe"


@dataclass(frozen=True)
class Reach:
    """A standard field that consent is about: an address, or the state of a channel as a whole."""

    attribute: str
    standard: bool = True
    words: Sql | None = None

    @property
    def column(self) -> Sql:
        """Its column in the table `actual`: the JSON text that Braze gave."""
        return ident(self.attribute)

    @property
    def name(self) -> Sql:
        """The field's name as a literal."""
        return text(self.attribute)

    def differs(self, desired: Sql, actual: Sql) -> Sql:
        """Whether Braze holds something else; a state that Braze does not name is its default (§3.3)."""
        return Sql(f"""{desired} <> coalesce({actual}, '"subscribed"')""")


REACH = tuple(map(Reach, ("email", "phone", "email_subscribe", "push_subscribe")))


ACTIVITY = Reach("apps")
"""What tells which of a person's profiles is used most; asked for only with `identity.keep: most_active`."""


def channels(config: Config) -> tuple[Channel, ...]:
    """E-mail and push, then every subscription group that the configuration names, as consent or as a cohort."""
    rules = config.subscriptions
    found: list[dict[str, Any]] = []
    for channel, rule in (("email", rules.email), ("push", rules.push)):
        stated = _stated(rule.trait, rule.unsubscribed, rule.opted_in) if rule else {"trait": None}
        found.append({"channel": channel, "group_id": None, **stated})
    found += [
        {"channel": group.channel, "group_id": group.id, **_stated(group.trait, group.unsubscribed)}
        for group in rules.groups
    ]
    found += [
        {"channel": None, "group_id": cohort.to.name, "trait": None}
        for cohort in config.cohorts
        if cohort.to.form == "subscription_group"
    ]
    return tuple(Channel(number, **each) for number, each in enumerate(found))


def _stated(trait: str, unsubscribed: tuple[str, ...], opted_in: tuple[str, ...] = ()) -> dict[str, Any]:
    words = {"unsubscribed": unsubscribed, "opted_in": opted_in}
    return {"trait": trait, **{name: tuple(word.strip().lower() for word in said) for name, said in words.items()}}
