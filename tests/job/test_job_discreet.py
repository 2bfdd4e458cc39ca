"""A night that goes wrong in many ways writes no key, e-mail address or phone number but where values belong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest
from shop_world import DIGEST, NARROW_KEY, READ_KEY, WRITE_KEY, Shop

EMAIL, PHONE = "erika.mustermann{}@posteo.example", "+4179555{:04}"
PEOPLE = 8

DATA = (
    "raw/*",
    "converted/*",
    "work.duckdb*",
    "drift/attribute.parquet",
    "drift/subscription.parquet",
    "drift/opted_out.parquet",
    "plan/corrections.parquet",
)
"""What holds values by contract (interfaces, "Outputs of a run"): the inputs as received and as tables, the values that
differ, the addresses whose consent differs, and what is to be set. results.parquet too, in `before` and `after`."""


@pytest.fixture
def town(shop: Shop) -> Iterator[Shop]:
    """People whose addresses differ on both sides, and lines that cannot be read."""
    shop.config["subscriptions"] = {
        "email": {"trait": "email_consent", "unsubscribed": ["false"]},
        "groups": [{"id": DIGEST, "name": "D", "channel": "email", "trait": "digest", "unsubscribed": ["false"]}],
    }
    shop.config["policy"]["breakers"]["attribute"] = {"count": 1000, "percent": 100}
    shop.config["braze"]["limits"] = {"objects_per_request": 2}
    for number in range(PEOPLE):
        traits = {"email": EMAIL.format(number), "phone": PHONE.format(number), "city": EMAIL.format(number)}
        if number % 2:
            traits |= {"email_consent": "false", "digest": "false"}
        shop.add(f"p{number}", traits, {"plan_tier": PHONE.format(100 + number)}, {"email": EMAIL.format(100 + number)})
    shop.add("odd", {"email": "erika.mustermann@@posteo.example", "phone": PHONE.format(77) + "x", "points": PHONE})
    shop.write("csv")
    path = shop.folder / "segment" / "user_traits" / "part-0.csv"
    path.write_text(path.read_text() + f'"{EMAIL.format(50)}","a","b","c","d","e","f","{PHONE.format(50)}","more"\n')
    yield shop
    shop.sandbox.clear_faults()


def secrets(shop: Shop) -> set[str]:
    """Keys, and every address on either side, as it is and as it stands in a url."""
    numbers = [*range(PEOPLE), *range(100, 100 + PEOPLE), 50, 77]
    plain = {READ_KEY, WRITE_KEY, NARROW_KEY, shop.variables["RECON_PSEUDONYM_KEY"], "erika.mustermann@@posteo"}
    plain |= {form.format(number) for form in (EMAIL, PHONE) for number in numbers}
    return plain | {quote(text, safe="") for text in plain} | {text.lstrip("+") for text in plain}


def found_in(text: str, shop: Shop) -> list[str]:
    lowered = text.lower()
    return [secret for secret in secrets(shop) if secret.lower() in lowered]


def written(shop: Shop) -> dict[str, str]:
    """All that was written beside DATA, by path: text of files, text columns of tables."""
    state = shop.folder / ".recon"
    texts: dict[str, str] = {}
    for path in (path for path in state.rglob("*") if path.is_file()):
        within = path.relative_to(state)
        inside = Path(*within.parts[2:]) if within.parts[0] == "runs" else within
        if any(inside.match(pattern) or str(inside).startswith(pattern.rstrip("*")) for pattern in DATA):
            continue
        if path.name == "results.parquet":
            texts[str(within)] = table(f"FROM read_parquet('{path}') SELECT * EXCLUDE (before, after)")
        elif path.suffix == ".parquet":
            texts[str(within)] = table(f"FROM read_parquet('{path}')")
        else:
            texts[str(within)] = path.read_bytes().decode("utf-8", "replace")
    with duckdb.connect(str(state / "state.duckdb"), read_only=True) as con:
        for (name,) in con.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            texts[f"state.duckdb {name}"] = table(f"FROM {name}", con)
    for work in state.glob("runs/*/work.duckdb"):
        with duckdb.connect(str(work), read_only=True) as con:
            texts[f"{work.parent.name} quarantine"] = table("FROM quarantine", con)
    return texts


def table(query: str, con: duckdb.DuckDBPyConnection | None = None) -> str:
    rows = (con or duckdb).sql(f"SELECT CAST(row AS VARCHAR) FROM ({query}) AS row").fetchall()
    return "\n".join(text for (text,) in rows)


def test_a_night_that_goes_wrong_everywhere_tells_no_address_and_no_key(town: Shop) -> None:
    said = []

    def recon(*args: str, code: int | tuple[int, ...]) -> None:
        done = town.recon(*args)
        said.append(done.said)
        assert done.code in (code if isinstance(code, tuple) else (code,)), done.said

    def refuses(path: str, status: int, body: Any, **options: Any) -> None:
        """Braze echoes what it was sent: the key of the request, and values."""
        town.sandbox.clear_faults()
        town.sandbox.fault(path, "status", status=status, body=body, **options)

    words = f"{EMAIL.format(0)} and {PHONE.format(1)} are not valid"
    echo = f"{words} ({READ_KEY})"
    refuses("/custom_attributes", 401, {"message": f"Invalid API key: {READ_KEY}"})
    recon("run", code=6)
    refuses("/subscription/user/status", 403, {"message": echo})
    recon("pull", code=6)
    refuses("/users/export/segment", 400, {"message": echo, "errors": [echo, {"type": echo}]})
    recon("run", code=6)
    refuses("/storage/*", 404, echo)
    recon("pull", code=6)
    town.sandbox.clear_faults()
    recon("run", code=0)
    recon("approve", town.run.name, "--class", "merge", "--by", "Ada", code=2)

    echo = f"{words} ({WRITE_KEY})"
    errors = [echo, {"type": echo, "input_array": "attributes", "index": 0}, {"message": echo, "index": "1"}]
    refuses("/users/track", 201, {"message": "success", "errors": errors}, count=1)
    recon("apply", code=5)
    refuses("/users/track", 400, {"message": echo, "errors": errors}, count=1)
    recon("apply", code=5)
    refuses("/users/track", 401, {"message": f"Invalid API key: {WRITE_KEY}"})
    recon("apply", "--resume", code=(5, 6))
    echo = f"{words} ({READ_KEY})"
    refuses("/users/export/ids", 400, {"message": echo, "errors": [echo]})
    recon("verify", code=6)
    town.sandbox.clear_faults()
    recon("report", code=0)
    nothing_leaked(town)
    recon("verify", code=(0, 5))
    for command in (["status"], ["report"], ["show", "plan"], ["show", "run"], ["show", "drift"]):
        recon(*command, code=0)

    assert not found_in("\n".join(said), town)
    nothing_leaked(town)


def nothing_leaked(town: Shop) -> None:
    texts = written(town)
    assert {name.rpartition("/")[2] for name in texts} >= {"run.json", "report.html", "results.parquet", "plan.json"}
    assert town.run_document["steps"]["load"]["result"]["quarantined"] >= 1
    assert "[e-mail] and [phone]" in texts["state.duckdb journal"]
    leaks = {name: found for name, text in texts.items() if (found := found_in(text, town))}
    assert not leaks, leaks
