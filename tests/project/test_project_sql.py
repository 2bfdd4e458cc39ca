"""Every query lives in sql/, is one that DuckDB understands, and says what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import duckdb
import pytest
import sql_context

from recon.store import sql

ROOT = Path(__file__).parents[2]
QUERIES = sorted((ROOT / "sql").rglob("*.sql"))
CONTEXT = {name: value for name, value in vars(sql_context).items() if not name.startswith("_") and name != "raw"}
# Parts that only stand inside another query.
INCLUDED = {"drift/word_joins", "desired/keep_order", "drift/subscription/standing"}
# The sandbox is a program of its own, and keeps its profiles in SQLite.
SQLITE = {"recon/sandbox/store.py", "recon/sandbox/requestlog.py"}
STATEMENT = re.compile(
    r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET|CREATE (OR REPLACE|TEMP|TABLE|VIEW|INDEX|MACRO)|"
    r"COPY \(|UNION ALL|(INNER|LEFT|CROSS) JOIN|GROUP BY|ORDER BY|ATTACH|PRAGMA)\b"
)


def name_of(file: Path) -> str:
    return file.relative_to(ROOT / "sql").with_suffix("").as_posix()


def texts(module: ast.Module) -> list[str]:
    """Every text in a module but the docstrings."""
    nodes = list(ast.walk(module))
    documentation = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in documentation]
    return [node.value for node in constants if isinstance(node.value, str)]


@pytest.mark.parametrize("name", [name_of(file) for file in QUERIES])
def test_duckdb_understands_it(name: str) -> None:
    if name in INCLUDED:
        assert any(f"'{name}.sql'" in file.read_text() for file in QUERIES)
        return
    assert duckdb.extract_statements(sql.render(name, **CONTEXT))


@pytest.mark.parametrize("file", QUERIES, ids=name_of)
def test_it_begins_by_saying_what_it_is_for(file: Path) -> None:
    assert re.match(r"-- \S", file.read_text(encoding="utf-8"))


def test_no_query_stands_in_a_python_string() -> None:
    found = {}
    for file in sorted((ROOT / "recon").rglob("*.py")):
        path = file.relative_to(ROOT).as_posix()
        queries = [text for text in texts(ast.parse(file.read_text(encoding="utf-8"))) if STATEMENT.search(text)]
        if queries and path not in SQLITE:
            found[path] = queries
    assert found == {}
