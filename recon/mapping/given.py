"""What Segment states for an attribute, as SQL over the trait columns: the trait, `sql` and `when` of its row."""

from __future__ import annotations

from collections.abc import Callable

from recon.config.models import AttributeRule
from recon.config.rules import CurrencyTrait
from recon.mapping import expressions, kinds
from recon.mapping.kinds import Kind
from recon.store.sql import Sql

Column = Callable[[str], Sql]
"""From a trait's name to its column."""

# What `value` is to a user's expression, by the type after `as:`.
_TYPED = {
    "number": "TRY_CAST(as_number({0}) AS DOUBLE)",
    "amount": "TRY_CAST(as_number({0}) AS DOUBLE)",
    "boolean": "TRY_CAST(as_boolean({0}) AS BOOLEAN)",
    "date": "TRY_CAST(json_extract_string(as_date({0}), '$') AS DATE)",
    "time": "instant(trim(unquoted({0})))",
    "array": "json_extract_string(as_array({0}, 1000000), '$[*]')",
    "object": "json_or_null(unquoted({0}))",
}


def expression(rule: AttributeRule, raw: Sql, column: Column, most: int, where: str) -> Sql:
    """Trait text after the row's `sql` and `when`, NULL where Segment states nothing. `raw` is the row's own trait.

    `most` is how many elements an array keeps; `where` names the row in a ConfigError.
    """

    def trait(name: str) -> Sql:
        return Sql(f"unquoted(nullif({column(name)}, 'null'))")

    given = raw
    typed = Sql(_TYPED.get(rule.as_ or "", "unquoted({0})").format(f"nullif({raw}, 'null')")) if rule.trait else None
    if rule.sql:
        made = expressions.build(rule.sql, f"{where}, sql", typed, trait)
        given = Sql(f"CAST(to_json(TRY({made})) AS VARCHAR)")
        if rule.trait:
            # An explicit null stays one, and what the type cannot read stays unreadable instead of vanishing as NULL.
            given = Sql(f"CASE WHEN {raw} = 'null' OR {_unreadable(rule, raw, most)} THEN {raw} ELSE {given} END")
    if isinstance(rule.currency, CurrencyTrait):
        given = Sql(f"with_currency({given}, {column(rule.currency.trait)})")
    if rule.when:
        condition = expressions.build(rule.when, f"{where}, when", typed, trait)
        given = Sql(f"CASE WHEN TRY(CAST({condition} AS BOOLEAN)) THEN {given} END")
    return given


def read(kind: Kind, value: Sql, extra: Sql | None = None) -> Sql:
    """The reading macro of `kind` over `value`, with the second argument that some take."""
    return Sql(f"as_{kind.name}({value}, {extra})" if extra else f"as_{kind.name}({value})")


def other_traits(rule: AttributeRule) -> list[str]:
    """The traits that a row names beside its own."""
    named = [name for text in (rule.sql, rule.when) if text for name in expressions.traits_in(text)]
    return named + ([rule.currency.trait] if isinstance(rule.currency, CurrencyTrait) else [])


def _unreadable(rule: AttributeRule, raw: Sql, most: int) -> Sql:
    """Whether the trait itself is not what `as` says; every text is a string."""
    if rule.as_ in (None, "string"):
        return Sql("FALSE")
    kind = kinds.NUMBER if rule.as_ == "amount" else kinds.BY_TYPE[rule.as_]
    return Sql(f"{read(kind, raw, Sql(f'{most}') if kind.limited else None)} IS NULL")
