"""What a query found, row by row."""

from __future__ import annotations

from typing import Any

import duckdb


def dicts(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every row that is left of `result`, by the columns' names."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
