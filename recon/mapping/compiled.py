"""The mapping as SQL: one `Cell` per Braze attribute, with the expressions that read, compare and judge it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from recon.braze.catalogue import CatalogueAttribute
from recon.config.models import AttributeRule, Config
from recon.errors import ConfigError
from recon.mapping import expressions, kinds
from recon.mapping.cohorts import Cohorts, Field, cohorts
from recon.mapping.consent import ACTIVITY, REACH, Channel, Reach, channels
from recon.mapping.kinds import Kind
from recon.store.sql import Sql, ident, text

Column = Callable[[str], Sql]

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
    """Why it is unreadable, as a literal."""
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
    for number, rule in enumerate(config.attributes):
        known = by_name.get(rule.to)
        cells.append(_cell(number, rule, known, column, clears=rule.to in config.policy.clear_when_null))
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


def _cell(number: int, rule: AttributeRule, known: CatalogueAttribute | None, column: Column, *, clears: bool) -> Cell:
    where = f"attributes, the row for {rule.to!r}"
    if rule.to in kinds.UNEXPORTED:
        raise ConfigError(
            f"{where}: Braze takes this field but never exports it, so it cannot be compared",
            "Remove the row, or map to a custom attribute.",
        )
    standard = rule.to in kinds.STANDARD
    own = _kind(rule)
    kind, most, forced = own, DEFAULT_ARRAY_LENGTH, None
    if known is not None and not standard:
        most = known.array_length or DEFAULT_ARRAY_LENGTH
        if known.blocklisted:
            forced = "blocklisted in Braze: it drops the attribute silently"
        elif known.forced and known.kind in kinds.FORCED and kinds.FORCED[known.kind].name != own.name:
            kind = kinds.FORCED[known.kind]
            forced = f"Braze forces the type {known.kind}, and the value cannot be read as one"

    reading = _read(own, ident(f"a{number}"), most)
    coerced = ident(f"a{number}")
    if known is not None and known.blocklisted and not standard:
        coerced = Sql("NULL")
    elif kind is not own:
        coerced = _read(kind, coerced, most)

    traits = list(dict.fromkeys([*([rule.trait] if rule.trait else []), *_named(rule)]))
    raw = column(rule.trait) if rule.trait else Sql("NULL")
    return Cell(
        number=number,
        attribute=rule.to,
        name=text(rule.to),
        standard=standard,
        owner=rule.owner,
        clears=clears,
        traits=tuple(traits),
        given=_given(rule, own, where, raw, column, most),
        reading=reading,
        coerced=coerced,
        unreadable=text(forced or kind.unreadable),
        source=raw,
        tidy=_tidy(rule, kind),
        neat=_neat(kind, ident(f"a{number}")),
        same=Sql(kind.same),
        words=text(kind.name) if kind.words else None,
        word=Sql(f"word_{kind.name}({ident(f'a{number}')})") if kind.words else Sql("NULL"),
        is_object=kind.name in ("object", "any"),
    )


def _kind(rule: AttributeRule) -> Kind:
    if rule.to in kinds.STANDARD:
        return kinds.STANDARD[rule.to]
    if rule.as_ is None:
        return replace(kinds.ANY, same="any_list") if rule.compare == "list" else kinds.ANY
    if rule.as_ == "array":
        return kinds.LIST if rule.compare == "list" else kinds.SET
    return kinds.BY_TYPE[rule.as_]


def _tidy(rule: AttributeRule, kind: Kind) -> Sql | None:
    if kind.tidy:
        return text(kind.tidy)
    if rule.sql and rule.trait and kind.name == "string":
        return text("Segment's text differs only in case or spaces")
    return None


def _neat(kind: Kind, column: Sql) -> Sql:
    return Sql(f"lower({column})") if kind is kinds.EMAIL else column


def _read(kind: Kind, value: Sql, most: int) -> Sql:
    if kind.words:
        return Sql(f"as_{kind.name}({value}, {ident('words ' + value.strip(chr(34)))}.code)")
    return Sql(f"as_{kind.name}({value}, {most})" if kind.limited else f"as_{kind.name}({value})")


# What `value` is to a user's expression, by the type after `as:`.
_TYPED = {
    "number": "TRY_CAST(as_number({0}) AS DOUBLE)",
    "boolean": "TRY_CAST(as_boolean({0}) AS BOOLEAN)",
    "date": "TRY_CAST(json_extract_string(as_date({0}), '$') AS DATE)",
    "time": "instant(trim(unquoted({0})))",
    "array": "json_extract_string(as_array({0}, 1000000), '$[*]')",
    "object": "json_or_null(unquoted({0}))",
}


def _given(rule: AttributeRule, own: Kind, where: str, raw: Sql, column: Column, most: int) -> Sql:
    def trait(name: str) -> Sql:
        return Sql(f"unquoted(nullif({column(name)}, 'null'))")

    given = raw
    typed = Sql(_TYPED.get(rule.as_ or "", "unquoted({0})").format(f"nullif({raw}, 'null')")) if rule.trait else None
    if rule.sql:
        made = expressions.build(rule.sql, f"{where}, sql", typed, trait)
        given = Sql(f"CAST(to_json(TRY({made})) AS VARCHAR)")
        if rule.trait:
            # An explicit null stays one, and what the type cannot read stays unreadable instead of vanishing as NULL.
            unreadable = f"{_read(own, raw, most)} IS NULL" if rule.as_ not in (None, "string") else "FALSE"
            given = Sql(f"CASE WHEN {raw} = 'null' OR {unreadable} THEN {raw} ELSE {given} END")
    if rule.when:
        condition = expressions.build(rule.when, f"{where}, when", typed, trait)
        given = Sql(f"CASE WHEN TRY(CAST({condition} AS BOOLEAN)) THEN {given} END")
    return given


def _named(rule: AttributeRule) -> list[str]:
    return [name for expression in (rule.sql, rule.when) if expression for name in expressions.traits_in(expression)]
