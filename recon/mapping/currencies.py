"""How many digits stand behind the point of a currency's amounts: sql/mapping/currencies.csv, from ISO 4217."""

from __future__ import annotations

import csv
import difflib
from functools import cache

from recon.errors import ConfigError
from recon.store import sql


@cache
def _table() -> dict[str, str]:
    with sql.file("mapping/currencies.csv").open(newline="", encoding="utf-8") as file:
        return {row["currency"]: row["digits"] for row in csv.DictReader(file)}


def digits(code: str, where: str) -> str:
    """The digits of the currency `code`, as text; ConfigError, which names the rule by `where`, for an unknown one."""
    table = _table()
    if code not in table:
        near = difflib.get_close_matches(code, table, n=3, cutoff=0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ConfigError(
            f"{where}: ISO 4217 has no currency {code} with minor units{hint}",
            "Write the code of a currency, such as EUR, or `currency: {trait: NAME}`.",
        )
    return table[code]
