"""Audiences as SQL: what Segment says of each membership, and the attribute in which Braze holds it (design §6.2).

An audience is a boolean trait that bears the audience's key (facts/segment §4.2). Braze holds its members by a boolean
attribute, or by the key in an array attribute, which several audiences may share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from recon.braze.catalogue import CatalogueAttribute
from recon.config.models import Cohort
from recon.errors import ConfigError
from recon.mapping import kinds
from recon.mapping.consent import GROUP_FIELD
from recon.store.sql import Sql, ident, text

_FORM_TYPES = {"attribute": "boolean", "array": "array"}


@dataclass(frozen=True)
class Field:
    """A custom attribute that holds one audience (boolean) or several (array), or a subscription group."""

    number: int
    attribute: str
    name: Sql
    """The attribute's name as a literal."""
    form: str
    """`attribute`, `array` or `subscription_group`; a group bears the name that corrections use."""
    most: int
    """Elements that an array keeps."""
    blocked: str | None
    """Why Braze would not keep what recon wrote, None if it would."""
    standard: bool = False
    words: Sql | None = None

    @property
    def column(self) -> Sql:
        """Its column in the table `actual`: the JSON text that Braze gave."""
        return ident(f"h{self.number}")

    def differs(self, desired: Sql, actual: Sql) -> Sql:
        """Whether Braze holds other members; an absent attribute has none."""
        if self.form == "array":
            return Sql(f"NOT coalesce(same_set({desired}, coalesce({actual}, '[]')), FALSE)")
        return Sql(f"{desired} <> coalesce({actual}, 'false')")


@dataclass(frozen=True)
class Audience:
    """One audience and where Braze holds it."""

    number: int
    audience: str
    name: Sql
    """The audience's key as a literal."""
    key: Sql
    """The key as it stands in an array: JSON text."""
    trait: Sql
    """Its column in the wide table of traits."""
    field: Field

    @property
    def column(self) -> Sql:
        """Its column in the table `desired`: 'true', 'false', 'unreadable'; NULL where Segment states nothing."""
        return ident(f"m{self.number}")

    def holds(self, held: Sql) -> Sql:
        """Whether the attribute's JSON text says that the person is a member; never NULL."""
        return Sql(f"holds_key({held}, {self.key})" if self.field.form == "array" else f"holds_true({held})")


@dataclass(frozen=True)
class Cohorts:
    """All audiences, the attributes they are held in, and what a person should know."""

    audiences: tuple[Audience, ...] = ()
    """Those that an attribute holds."""
    fields: tuple[Field, ...] = ()
    in_groups: tuple[Audience, ...] = ()
    """Those that a subscription group holds."""
    warnings: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Audience, ...]:
        """Every audience, in the order of recon.yml."""
        return tuple(sorted((*self.audiences, *self.in_groups), key=lambda each: each.number))


def cohorts(
    rules: Sequence[Cohort], catalogue: Mapping[str, CatalogueAttribute], column: Callable[[str], Sql], most: int
) -> Cohorts:
    """Compiles the section `cohorts`; `column` gives a trait's column, `most` is an array's length by default.

    Raises ConfigError for a standard field, which cannot hold members.
    """
    fields: dict[str, Field] = {}
    audiences: list[Audience] = []
    in_groups: list[Audience] = []
    warnings: list[str] = []
    for number, rule in enumerate(rules):
        key = Sql(f"CAST(to_json({text(rule.audience)}) AS VARCHAR)")
        if rule.to.form == "subscription_group":
            group = GROUP_FIELD.format(rule.to.name)
            held_by = Field(number, group, text(group), rule.to.form, most=1, blocked=None)
            in_groups.append(Audience(number, rule.audience, text(rule.audience), key, column(rule.audience), held_by))
            continue
        field = fields.get(rule.to.name)
        if field is None:
            field = _field(len(fields), rule, catalogue.get(rule.to.name), most)
            fields[field.attribute] = field
            if field.blocked:
                warnings.append(f"cohorts: {field.attribute!r} cannot hold members: {field.blocked}")
        audiences.append(Audience(number, rule.audience, text(rule.audience), key, column(rule.audience), field))
    return Cohorts(tuple(audiences), tuple(fields.values()), tuple(in_groups), tuple(warnings))


def _field(number: int, rule: Cohort, known: CatalogueAttribute | None, most: int) -> Field:
    name, form = rule.to.name, rule.to.form
    if name in kinds.STANDARD or name in kinds.UNEXPORTED:
        raise ConfigError(
            f"cohorts, the audience {rule.audience!r}: {name} is a standard field of Braze and cannot hold members",
            "Name a custom attribute.",
        )
    blocked = None
    if known is not None and known.blocklisted:
        blocked = "it is blocklisted in Braze, which drops it silently"
    elif known is not None and known.forced and known.kind != _FORM_TYPES[form]:
        blocked = f"Braze forces the type {known.kind} on it"
    return Field(number, name, text(name), form, known.array_length or most if known else most, blocked)
