"""Hands polars frames to DuckDB."""

from __future__ import annotations

import polars as pl


class Stream:
    """A frame as something that a DuckDB connection can register: given the frame itself, DuckDB would ask for pyarrow.

    Another frame of the same columns may take its place: each query reads the one that is there then.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)
