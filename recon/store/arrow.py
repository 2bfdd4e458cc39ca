"""Hands polars frames to DuckDB."""

from __future__ import annotations

import polars as pl


class _Stream:
    """A frame as an Arrow stream: given the frame itself, DuckDB would ask for pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def stream(frame: pl.DataFrame) -> object:
    """`frame` as something that a DuckDB connection can register."""
    return _Stream(frame)
