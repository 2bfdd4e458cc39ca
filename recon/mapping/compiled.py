"""The mapping as SQL: one `Cell` per Braze attribute, with the expressions that read, compare and judge it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recon.braze.catalogue import CatalogueAttribute
from recon.config.models import AttributeRule, Config
from recon.config.rules import CurrencyTrait
from recon.errors import ConfigError
from recon.mapping import currencies, given, kinds
from recon.mapping.cohorts import Cohorts, Field, cohorts
from recon.mapping.consent import ACTIVITY, REACH, Channel, Reach, channels
from recon.mapping.given import Column
from recon.mapping.kinds import Kind
from recon.store.sql import Sql, ident, text

DEFAULT_ARRAY_LENGTH = 25  # facts/braze-rest-api §2.5


@dataclass(frozen=True)
class Cell:
    """One attribute. The SQL speaks of trait columns `t<n>` (text), and of this cell's columns by `column`."""

    number: int
    attribute: str
    name: Sql
    """The attribute's name as a literal."""
    standard: bool
    owner: str
    clears: bool
    """An explicit null in Segment clears it."""
    traits: tuple[str, ...]
    """The traits it is made of."""
    given: Sql
    """The trait text, after `when` and `sql`; NULL: Segment states nothing."""
    reading: Sql
    """JSON text made of that, standing in the cell's column; NULL: unreadable."""
    coerced: Sql
    """That, coerced to the type which Braze forces on the attribute; NULL: Braze would drop it."""
    unreadable: Sql
    """Why it is unreadable: text."""
    source: Sql
    """The trait's own text, to tell a difference of spelling only."""
    tidy: Sql | None
    """What a person could clean up in Segment, as a literal; None where spelling is not judged."""
    neat: Sql
    """JSON text made of the cell's column: how a neat source would be written."""
    same: Sql
    """Suffix of the comparing macro."""
    words: Sql | None
    """The list of words that the value is looked up in, as a literal."""
    word: Sql
    """The spelling to look up, made of the cell's column."""
    is_object: bool
    """Whether it may be pushed as an object, and has to be merged into Braze's."""
    blocked: bool
    """Braze would drop any value."""

    @property
    def column(self) -> Sql:
        """Its column in the tables `desired` and `actual`; numbered, for attribute names may differ in case only."""
        return ident(f"a{self.number}")

    def beside(self, prefix: str) -> Sql:
        """Another column about this cell, such as `given a3`."""
        return ident(f"{prefix} a{self.number}")

    def differs(self, desired: Sql, actual: Sql) -> Sql:
        """Whether Braze would have to store something else. Equal text, the common case, is seen first."""
        return Sql(
            f"({desired} <> coalesce({actual}, '') AND NOT coalesce(same_{self.same}({desired}, {actual}), FALSE))"
        )


@dataclass(frozen=True)
class Trait:
    """A trait that the mapping reads, and its column in the wide table."""

    trait: str
    name: Sql
    column: Sql


@dataclass(frozen=True)
class Compiled:
    """The whole mapping."""

    cells: tuple[Cell, ...]
    traits: tuple[Trait, ...]
    warnings: list[str] = field(default_factory=list)
    cohorts: Cohorts = field(default_factory=Cohorts)
    channels: tuple[Channel, ...] = ()
    by_activity: bool = False
    """Which of a person's profiles stays is told by how they are used."""

    @property
    def held(self) -> tuple[Cell | Field | Reach, ...]:
        """Everything that is read from Braze's profiles, each with its column in `actual`."""
        mapped = {cell.attribute for cell in self.cells}
        reach = (each for each in REACH if each.attribute not in mapped)
        return (*self.cells, *self.cohorts.fields, *reach, *((ACTIVITY,) if self.by_activity else ()))

    def column_of(self, standard_field: str) -> Sql:
        """The column of `actual` that holds one of the fields in `consent.REACH`."""
        return next(each.column for each in self.held if each.standard and each.attribute == standard_field)

    @property
    def read(self) -> list[str]:
        """Every trait that is read, for attributes, cohorts or consent."""
        names = [*(trait.trait for trait in self.traits), *(each.trait for each in self.channels if each.trait)]
        return list(dict.fromkeys(names))

    def unknown_traits(self, known: Sequence[str]) -> list[str]:
        """Warnings for traits that the data does not have, with the nearest names."""
        missing = [name for name in self.read if name not in set(known)]
        return [
            f"no profile has the trait {name!r}" + (f"; did you mean {' or '.join(map(repr, near))}?" if near else "")
            for name in missing
            for near in [difflib.get_close_matches(name, known, n=2, cutoff=0.6)]
        ]


def compiled(config: Config, catalogue: Sequence[CatalogueAttribute] = ()) -> Compiled:
    """Compiles `config.attributes` and `config.cohorts` under Braze's attribute catalogue.

    The catalogue says which types are forced, how long arrays are, and what is blocklisted (§2.5, §7).

    Raises ConfigError for an expression that is not allowed, or an attribute that Braze never exports.
    """
    by_name = {attribute.name: attribute for attribute in catalogue}
    columns: dict[str, Trait] = {}

    def column(trait: str) -> Sql:
        if trait not in columns:
            columns[trait] = Trait(trait, text(trait), ident(f"t{len(columns)}"))
        return columns[trait].column

    cells = []
    warnings = []
    region = _region(config.attributes)
    for number, rule in enumerate(config.attributes):
        known = by_name.get(rule.to)
        cells.append(_cell(number, rule, known, column, region, clears=rule.to in config.policy.clear_when_null))
        if catalogue and known is None and rule.to not in kinds.STANDARD:
            near = difflib.get_close_matches(rule.to, by_name, n=2, cutoff=0.6)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            warnings.append(
                f"Braze has no custom attribute {rule.to!r} yet; the first correction would create it{hint}"
            )
    members = cohorts(config.cohorts, by_name, column, DEFAULT_ARRAY_LENGTH)
    return Compiled(
        tuple(cells),
        tuple(columns.values()),
        [*warnings, *members.warnings],
        members,
        channels(config),
        config.identity.keep == "most_active",
    )


def _region(rules: Sequence[AttributeRule]) -> Sql:
    """The code of a person's country, beside which the phone number is read; NULL where no country is mapped."""
    number = next((number for number, rule in enumerate(rules) if rule.to == "country"), None)
    return Sql("NULL") if number is None else Sql(f"{_words_beside(ident(f'a{number}'))}.code")


def _cell(
    number: int,
    rule: AttributeRule,
    known: CatalogueAttribute | None,
    column: Column,
    region: Sql,
    *,
    clears: bool,
) -> Cell:
    where = f"attributes, the row for {rule.to!r}"
    if rule.to in kinds.UNEXPORTED:
        raise ConfigError(
            f"{where}: Braze takes this field but never exports it, so it cannot be compared",
            "Remove the row, or map to a custom attribute.",
        )
    standard = rule.to in kinds.STANDARD
    own = _kind(rule)
    most = (known.array_length if known and not standard else None) or DEFAULT_ARRAY_LENGTH
    extra = _extra(rule, own, most, region, where)
    reading = _read(own, ident(f"a{number}"), extra)
    kind, coerced, unreadable = own, ident(f"a{number}"), text(own.unreadable)
    if known is not None and not standard:
        if known.blocklisted:
            coerced = Sql("NULL")
            unreadable = text("blocklisted in Braze: it drops the attribute silently")
        elif known.forced and known.kind in kinds.FORCED:
            kind = _ordered(kinds.FORCED[known.kind], rule)
            if own.gives != known.kind:
                coerced = Sql(f"forced_{known.kind}({coerced})")
                unreadable = text(f"Braze forces the type {known.kind}, and the value cannot be read as one")
                if not own.words:
                    own_fault = f"{_read(own, ident(f'given a{number}'), extra)} IS NULL"
                    unreadable = Sql(f"CASE WHEN {own_fault} THEN {text(own.unreadable)} ELSE {unreadable} END")

    traits = list(dict.fromkeys([*([rule.trait] if rule.trait else []), *given.other_traits(rule)]))
    raw = column(rule.trait) if rule.trait else Sql("NULL")
    return Cell(
        number=number,
        attribute=rule.to,
        name=text(rule.to),
        standard=standard,
        owner=rule.owner,
        clears=clears,
        traits=tuple(traits),
        given=given.expression(rule, raw, column, most, where),
        reading=reading,
        coerced=coerced,
        unreadable=unreadable,
        source=raw,
        tidy=_tidy(rule, kind),
        neat=_neat(kind, ident(f"a{number}")),
        same=Sql(kind.same),
        words=text(own.name) if own.words else None,
        word=Sql(f"word_{own.name}({ident(f'a{number}')})") if own.words else Sql("NULL"),
        is_object=kind.name in ("object", "any"),
        blocked=known is not None and not standard and known.blocklisted,
    )


def _kind(rule: AttributeRule) -> Kind:
    if rule.to in kinds.STANDARD:
        return kinds.STANDARD[rule.to]
    if rule.as_ is None:
        return _ordered(kinds.ANY, rule)
    if isinstance(rule.currency, CurrencyTrait):
        return kinds.CURRENCY
    return _ordered(kinds.BY_TYPE[rule.as_], rule)


def _ordered(kind: Kind, rule: AttributeRule) -> Kind:
    """`kind`, comparing arrays as lists where the rule says so."""
    if rule.compare == "set":
        return kind
    return {"set": kinds.LIST, "any": replace(kinds.ANY, same="any_list")}.get(kind.same, kind)


def _tidy(rule: AttributeRule, kind: Kind) -> Sql | None:
    if kind.tidy:
        return text(kind.tidy)
    if rule.sql and rule.trait and kind.name == "string":
        return text("Segment's text differs only in case or spaces")
    return None


def _neat(kind: Kind, column: Sql) -> Sql:
    return Sql(f"lower({column})") if kind is kinds.EMAIL else column


def _words_beside(column: Sql) -> Sql:
    return ident(f"words {column.strip(chr(34))}")


def _extra(rule: AttributeRule, own: Kind, most: int, region: Sql, where: str) -> Sql | None:
    """What the reading macro takes beside the value, if it is not a code of the list of words."""
    if own.limited:
        return Sql(f"{most}")
    if own is kinds.PHONE:
        return region
    if own is kinds.AMOUNT and isinstance(rule.currency, str):
        return text(currencies.digits(rule.currency, where))
    return None


def _read(kind: Kind, value: Sql, extra: Sql | None) -> Sql:
    if kind.words:
        extra = Sql(f"{_words_beside(value)}.code")
    return given.read(kind, value, extra)
