"""What a user may write under `sql` and `when`: one scalar DuckDB expression over `value` and `trait('name')`.

It is parsed, checked and rebuilt with sqlglot, so that it can read nothing but the person's own traits and gives the
same answer every night: no subquery, no aggregate, no file, system or random function. Casts become TRY_CAST, and the
mapping puts the whole into TRY, for one odd value must not stop the run.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp

from recon.errors import ConfigError
from recon.store.sql import Sql

# Reads something other than the person's traits, or answers differently every time.
_FORBIDDEN = frozenset(
    """
    read_text read_blob read_csv read_csv_auto read_json read_json_auto read_parquet parquet_scan glob getenv
    getvariable current_setting query query_table random setseed uuid uuidv4 uuidv7 gen_random_uuid nextval currval
    now current_timestamp transaction_timestamp get_current_timestamp current_date today current_time
    get_current_time localtime localtimestamp version current_user current_database current_schema current_query
    txid_current pg_typeof error sleep_ms write_log add_parquet_key unnest generate_subscripts
    """.split()
)


def build(text: str, where: str, value: Sql | None, trait: Callable[[str], Sql]) -> Sql:
    """The expression `text` with `value` replaced by the SQL given, and each `trait('x')` by `trait("x")`.

    `where` names the rule for errors (ConfigError). `value` is None where the rule has no trait of its own.
    """
    tree = _parsed(text, where, _HELP, _no_value)

    def replace(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            if value is None:
                raise ConfigError(
                    f"{where}: `value` is the rule's own trait, and this rule has none: {text}",
                    "Add `trait:`, or use trait('name').",
                )
            return _spliced(value)
        if isinstance(node, exp.Anonymous) and node.name.lower() == "trait":
            return _spliced(trait(node.expressions[0].this))
        return node

    return Sql(_casts_tried(tree).transform(replace).sql(dialect="duckdb"))


def condition(text: str, where: str, column: Callable[[str], Sql | None]) -> Sql:
    """The condition `text` over an event's fields, each replaced by `column(name)`; None is no field.

    `where` names the setting for errors (ConfigError). As strict as `build`: trait('…') means nothing here.
    """
    help_ = "Write one DuckDB condition over fields of Currents events, such as campaign_id <> 'c1'."

    def unknown(node: exp.Column) -> str | None:
        if len(node.parts) == 1 and column(node.name) is not None:
            return None
        return f"no Currents event has a field {node.sql(dialect='duckdb')}"

    tree = _parsed(text, where, help_, unknown)
    if any(node.name.lower() == "trait" for node in tree.find_all(exp.Anonymous)):
        raise ConfigError(f"{where}: an event has fields, not traits: {text}", help_)

    def replace(node: exp.Expression) -> exp.Expression:
        found = column(node.name) if isinstance(node, exp.Column) else None
        return node if found is None else _spliced(found)

    return Sql(_casts_tried(tree).transform(replace).sql(dialect="duckdb"))


def _parsed(text: str, where: str, help_: str, no_column: Callable[[exp.Column], str | None]) -> exp.Expr:
    try:
        parsed = sqlglot.parse(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        first = error.errors[0] if isinstance(error, sqlglot.errors.ParseError) and error.errors else {}
        near = f" near {first['highlight']!r}" if first.get("highlight") else ""
        raise ConfigError(f"{where}: this is not an SQL expression{near}: {text}", help_) from None
    tree = parsed[0] if len(parsed) == 1 else None
    if tree is None:
        raise ConfigError(f"{where}: write one expression, not {len(parsed)} statements: {text}", help_)
    for node in tree.walk():
        problem = no_column(node) if isinstance(node, exp.Column) else _problem(node)
        if problem:
            raise ConfigError(f"{where}: {problem}: {text}", help_)
    if not isinstance(tree, (exp.Condition, exp.Interval)):
        raise ConfigError(f"{where}: this is a statement and not a value, which is not allowed: {text}", help_)
    return tree


def _no_value(node: exp.Column) -> str | None:
    name = node.sql(dialect="duckdb")
    return None if name.lower() == "value" else f"there is no {name}; only `value` and trait('name')"


def traits_in(text: str) -> list[str]:
    """The names in `trait('…')` calls of an expression that `build` accepts."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    calls = (node for node in tree.find_all(exp.Anonymous) if node.name.lower() == "trait")
    return [node.expressions[0].this for node in calls]


_HELP = "Write one DuckDB expression over `value` and trait('name'), such as lower(trim(value))."


def _casts_tried(tree: exp.Expr) -> exp.Expr:
    # In place, not in the transform above: that does not look inside what it has replaced.
    for cast in list(tree.find_all(exp.Cast)):
        if type(cast) is exp.Cast:
            tried = exp.TryCast(this=cast.this, to=cast.args["to"])
            if cast is tree:
                tree = tried
            else:
                cast.replace(tried)
    return tree


def _spliced(sql: Sql) -> exp.Expression:
    return exp.paren(sqlglot.parse_one(sql, dialect="duckdb"), copy=False)


def _problem(node: exp.Expr) -> str | None:
    if isinstance(node, (exp.Query, exp.Subquery, exp.Command, exp.DDL, exp.DML)):
        return "a query inside an expression is not allowed"
    if isinstance(node, exp.UDTF):
        return f"{node.sql(dialect='duckdb')} makes many values of one (unnest)"
    if isinstance(node, (exp.AggFunc, exp.Window)):
        return "an aggregate needs many people, and this is computed for one"
    if isinstance(node, exp.Star):
        return "* names no value"
    if isinstance(node, (exp.Placeholder, exp.Parameter)):
        return "there are no parameters here"
    if isinstance(node, exp.Func):
        names = _names(node)
        if "trait" in names:
            named = len(node.expressions) == 1 and _is_text(node.expressions[0])
            return None if named else "trait takes one quoted name"
        for name in names:
            if name in _FORBIDDEN or name.startswith(("read_", "pragma_", "duckdb_", "current_")):
                return (
                    f"{name}() is not allowed: it reads something other than this person's traits, or changes with time"
                )
    if not isinstance(node, exp.Expression) or isinstance(node, exp.Alias):
        return "an alias names nothing here"
    return None


def _names(node: exp.Func) -> list[str]:
    """Every name that the function goes by: as written, sqlglot's own, and the one that DuckDB is given."""
    if isinstance(node, exp.Anonymous):
        return [node.name.lower()]
    rendered = node.sql(dialect="duckdb").partition("(")[0].strip()
    return [name.lower() for name in (*node.sql_names(), rendered)]


def _is_text(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) and node.is_string
