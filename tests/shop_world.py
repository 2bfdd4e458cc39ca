"""A small shop on both sides: Segment's tables as a test writes them, Braze as the sandbox serves it.

All shops share one sandbox. Each has people of its own, so a test sees others' profiles only as "only in Braze".
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import polars as pl
import requests

from recon.sandbox.server import Sandbox, running
from recon.sandbox.settings import Attribute, Braze, Key, Modes, Segment, Settings, Source, SubscriptionGroup
from recon.sandbox.store import Store

READ_KEY = "f00dfeed-read-4c5d-9e8f-7a6b5c4d3e2f"
WRITE_KEY = "f00dfeed-write-4c5d-9e8f-7a6b5c4d3e2f"
NARROW_KEY = "f00dfeed-narrow-4c5d-9e8f-7a6b5c4d3e2f"
SEGMENT_ID = "5a9a4a3c-1111-4000-8000-000000000001"
DIGEST = "22222222-2222-4222-8222-222222222222"
OFFERS = "33333333-3333-4333-8333-333333333333"
READERS = "11111111-1111-4111-8111-111111111111"
COMMAND = Path(sys.executable).with_name("recon")

MAPPING: list[dict[str, Any]] = [
    {"trait": "email", "to": "email"},
    {"trait": "phone", "to": "phone"},
    {"trait": "city", "to": "home_city"},
    {"trait": "plan", "to": "plan_tier", "as": "string", "sql": "lower(trim(value))"},
    {"trait": "points", "to": "loyalty_points", "as": "number"},
    {"trait": "tags", "to": "favorites", "as": "array"},
    {"trait": "address", "to": "address", "as": "object"},
    {"trait": "joined_at", "to": "signup_time", "as": "time"},
    {"trait": "nickname", "to": "nickname", "owner": "braze"},
]
# A custom attribute for each type that Braze can force, by the type that a mapping makes: `number_forced_text`.
FORCED = {
    "text": "String",
    "number": "Number",
    "boolean": "Boolean",
    "time": "Date",
    "array": "Array",
    "object": "Object",
    "objects": "Object Array",
}
TRAITS = ("canonical_segment_id", "name", "value", "seq", "received_at", "uuid_ts", "timestamp")
IDENTIFIERS = ("canonical_segment_id", "type", "value", "seq", "timestamp")
MERGES = ("canonical_segment_id", "segment_id", "seq", "timestamp")
TABLES = {"user_traits": TRAITS, "user_identifiers": IDENTIFIERS, "profile_merges": MERGES}

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_PHONE = re.compile(r"\+\d{7,}")


def workspace(folder: Path, **braze: Any) -> None:
    """Writes the empty workspace that shops share; keyword arguments are members of sandbox.json's `braze`."""
    standard: dict[str, Any] = {
        "keys": [
            Key(
                "read",
                READ_KEY,
                ["users.export.segment", "users.export.ids", "custom_attributes.get", "subscription.groups.get"],
            ),
            Key("write", WRITE_KEY, ["users.track", "users.external_ids.rename", "users.merge", "users.delete"]),
            Key("narrow", NARROW_KEY, ["custom_attributes.get"]),
        ],
        "segments": [Segment(SEGMENT_ID, "All users")],
        "attributes": [
            Attribute(rule["to"], "String" if rule["to"] == "nickname" else "String (Automatically Detected)")
            for rule in MAPPING[3:]
        ]
        + [
            Attribute("forced_number", "Number"),
            Attribute("forced_boolean", "Boolean"),
            Attribute("forced_text", "String"),
            *(
                Attribute(f"{made}_forced_{name}", data_type)
                for name, data_type in FORCED.items()
                for made in ("string", "number", "boolean", "time", "array", "object", "amount", "list")
            ),
            Attribute("blocked", "String (Automatically Detected)", status="Blocklisted"),
            Attribute("short", "Array (Automatically Detected)", array_length=2),
        ],
        "subscription_groups": [
            SubscriptionGroup(DIGEST, "Weekly digest", "email"),
            SubscriptionGroup(OFFERS, "SMS offers", "sms"),
            SubscriptionGroup(READERS, "Newsletter readers", "email"),
        ],
        "apply_delay": [0.0, 0.01],
        "export_delay": 0.0,
        "limits": {"export_ids": {"limit": 100_000}},
        "modes": Modes(log_bodies=True),
    }
    Settings(1, Braze(**{**standard, **braze}), Source(["write-key"], [])).save(folder)
    Store.create(folder / "braze.sqlite").close()


@contextlib.contextmanager
def served(folder: Path, **braze: Any) -> Iterator[Sandbox]:
    """That workspace, served."""
    workspace(folder, **braze)
    with running(folder) as sandbox:
        yield sandbox


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def discreet(text: str) -> None:
    """Asserts that `text` holds no key, e-mail address or phone number."""
    for key in (READ_KEY, WRITE_KEY, NARROW_KEY):
        assert key not in text
    assert not _EMAIL.search(text), _EMAIL.search(text)
    assert not _PHONE.search(text), _PHONE.search(text)


def run_recon(*args: str, cwd: Path) -> Done:
    """`recon args…` in this process, as its console script runs it. What it prints is checked to be discreet."""
    from recon.cli import main

    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    before = Path.cwd()
    with patch.object(sys, "argv", ["recon", *args]), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        os.chdir(cwd)
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        finally:
            os.chdir(before)
    done = Done(int(code or 0), out.getvalue(), err.getvalue())
    discreet(done.said)
    return done


_numbers = itertools.count(1)


class Shop:
    """A folder with recon.yml and Segment's tables, and people of its own in the served Braze."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.mark = f"s{next(_numbers)}"
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self.exported: list[dict[str, Any]] = []
        self.logged = max((row["n"] for row in sandbox.requests()), default=0)
        self.config: dict[str, Any] = {
            "version": 1,
            "workspace": "shop",
            "state": ".recon",
            "segment": {
                "profiles": {name: f"segment/{name}/*.parquet" for name in TABLES},
                "tracking": {"url": "${SANDBOX_URL}", "write_key": "write-key"},
            },
            "braze": {
                "url": "${SANDBOX_URL}",
                "read_key": "${BRAZE_READ_KEY}",
                "write_key": "${BRAZE_WRITE_KEY}",
                "export": {"segment_id": SEGMENT_ID},
            },
            "attributes": [dict(rule) for rule in MAPPING],
            "policy": {"breakers": {"attribute": {"count": 10_000, "percent": 75}}},
            "quality": {"max_age": "9999d", "email_null_percent": 100},
            "privacy": {"pseudonym_key": "${RECON_PSEUDONYM_KEY}"},
        }
        self.variables = {
            "SANDBOX_URL": sandbox.url,
            "BRAZE_READ_KEY": READ_KEY,
            "BRAZE_WRITE_KEY": WRITE_KEY,
            "RECON_PSEUDONYM_KEY": "0123456789abcdef0123456789abcdef",
        }

    # -- people

    def add(
        self,
        name: str,
        traits: dict[str, str | None] | None = None,
        attributes: dict[str, Any] | None = None,
        fields: dict[str, Any] | None = None,
        *,
        hours_ago: float | None = 240,
        in_braze: bool = True,
        times: tuple[str, ...] = (),
        groups: dict[str, str] | None = None,
    ) -> str:
        """One person on both sides; returns the external id: `name` after this shop's mark."""
        external_id = f"{self.mark}_{name}"
        profile = f"use_{self.mark}_{name}"
        self.identifier(profile, external_id)
        for trait, value in (traits or {}).items():
            self.trait(profile, trait, value, hours_ago)
        if in_braze:
            self.exported.append(
                {
                    "braze_id": hashlib.md5(f"{self.mark} {name}".encode(), usedforsecurity=False).hexdigest()[:24],
                    "external_id": external_id,
                    "user_aliases": [],
                    "random_bucket": 7,
                    "created_at": "2024-05-01T10:00:00.000Z",
                    "fields": {"email_subscribe": "subscribed", **(fields or {})},
                    "custom_attributes": attributes or {},
                    "time_attributes": list(times),
                    "groups": groups or {},
                }
            )
        return external_id

    def trait(self, profile: str, name: str, value: str | None, hours_ago: float | None = 240) -> None:
        """One row of user_traits."""
        row = {"canonical_segment_id": profile, "name": name, "value": value, **_times(hours_ago)}
        self.tables["user_traits"].append(row)

    def identifier(self, profile: str, value: str, type: str = "user_id", hours_ago: float | None = 480) -> None:
        """One row of user_identifiers."""
        row = {"canonical_segment_id": profile, "type": type, "value": value, **_times(hours_ago)}
        self.tables["user_identifiers"].append({name: row[name] for name in IDENTIFIERS})

    # -- files

    def write(self, form: str = "parquet") -> Shop:
        """Writes recon.yml, .env and Segment's tables; puts the people into Braze. Returns itself."""
        for name in TABLES:
            self.write_table(name, form)
        self.configure()
        if self.exported:
            self.sandbox.insert(self.exported)
        return self

    def configure(self, change: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Writes recon.yml (JSON is YAML) after `change`, and .env."""
        if change:
            change(self.config)
        (self.folder / "recon.yml").write_text(json.dumps(self.config, indent=2))
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))

    def write_table(self, name: str, form: str = "parquet", file: str = "part-0") -> Path:
        """One table as parquet, csv, csv.gz, ndjson or ndjson.gz."""
        path = self.folder / "segment" / name / f"{file}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(path, TABLES[name], self.tables[name])
        self.config["segment"]["profiles"][name] = f"segment/{name}/*.{form}"
        return path

    def write_export(self, name: str = "export.zip", lines: list[bytes] | None = None) -> Path:
        """An archive of an export as Braze writes it, which recon.yml then names instead of asking for one."""
        path = self.folder / "exports" / name
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("00001.txt", b"\n".join(self.lines() if lines is None else lines) + b"\n")
        self.config["braze"]["export"] = {"files": "exports/*.zip"}
        return path

    def lines(self) -> list[bytes]:
        """The people as lines of an export."""
        return [
            orjson.dumps(
                {
                    **{key: person[key] for key in ("braze_id", "external_id", "created_at", "user_aliases")},
                    **{key: value for key, value in person["fields"].items() if key != "email_subscribe"},
                    "custom_attributes": person["custom_attributes"],
                }
            )
            for person in self.exported
        ]

    # -- commands and what came of them

    def recon(self, *args: str) -> Done:
        """`recon args…` here; run.json is checked to be discreet as well."""
        done = run_recon(*args, cwd=self.folder)
        for path in self.folder.glob(".recon/runs/*/run.json"):
            discreet(path.read_text())
        return done

    def spawn(self, *args: str) -> subprocess.Popen[str]:
        """`recon args…` here as a process of its own."""
        return subprocess.Popen(
            [COMMAND, *args],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    @property
    def run(self) -> Path:
        """The newest run's folder."""
        return max((self.folder / ".recon" / "runs").iterdir())

    @property
    def run_document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.run / "run.json").read_text())
        return found

    def drift(self) -> list[tuple[str, str, Any, Any, str]]:
        """Rows of attribute.parquet: id, attribute, desired, actual (as values), cause."""
        return drift_rows(self.run / "drift" / "attribute.parquet")

    def results(self) -> list[dict[str, Any]]:
        return pl.read_parquet(self.run / "results.parquet").to_dicts()

    def states(self) -> dict[tuple[str, str], str]:
        """State by (external id, field)."""
        return {(row["external_id"], row["field"]): row["state"] for row in self.results()}

    def sent(self) -> list[list[dict[str, Any]]]:
        """The objects of every request to /users/track of this shop, whatever the answer.

        The groups of an object come sorted: recon sends them in no order, and Braze knows none.
        """
        sent = [json.loads(row["body"])["attributes"] for row in self.tracks()]
        for profile in (profile for objects in sent for profile in objects):
            if "subscription_groups" in profile:
                profile["subscription_groups"].sort(key=lambda group: group["subscription_group_id"])
        return sent

    def post(self, path: str, body: dict[str, Any]) -> None:
        """What somebody else writes to Braze."""
        headers = {"Authorization": f"Bearer {WRITE_KEY}"}
        requests.post(self.sandbox.url + path, json=body, headers=headers, timeout=30).raise_for_status()

    def tracks(self) -> list[dict[str, Any]]:
        """The logged requests to /users/track of this shop that had a body."""
        rows = self.sandbox.requests("/users/track", after=self.logged)
        return [row for row in rows if row["body"] and json.loads(row["body"])["attributes"]]

    def stored(self, external_id: str) -> dict[str, Any]:
        profile = self.sandbox.profile(external_id)
        assert profile is not None
        return profile

    def store(self) -> dict[str, dict[str, Any]]:
        """Every profile of the whole sandbox, by braze_id."""
        return {profile["braze_id"]: profile for profile in self.sandbox.profiles()}


def _times(hours_ago: float | None) -> dict[str, Any]:
    loaded = datetime.now(UTC).replace(microsecond=0)
    happened = None if hours_ago is None else loaded - timedelta(hours=hours_ago)
    seq = None if happened is None else f"{int(happened.timestamp()):020}"
    return {"seq": seq, "received_at": happened, "uuid_ts": loaded, "timestamp": happened}


def drift_rows(path: Path) -> list[tuple[str, str, Any, Any, str]]:
    """Rows of an attribute.parquet with their values as JSON values."""
    columns = ["external_id", "attribute", "desired", "actual", "cause"]

    def value(text: str | None) -> Any:
        return None if text is None else json.loads(text)

    rows = pl.read_parquet(path).select(columns).iter_rows()
    return sorted(((who, what, value(a), value(b), cause) for who, what, a, b, cause in rows), key=lambda row: row[:2])


def write_rows(path: Path, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """`rows` in the form that the ending of `path` names."""
    if path.suffix == ".parquet":
        times = ("received_at", "uuid_ts", "timestamp")
        schema = {name: pl.Datetime("us", "UTC") if name in times else pl.String for name in columns}
        pl.DataFrame(rows, schema=schema).write_parquet(path)
        return
    if ".csv" in path.suffixes:
        lines = [",".join(columns), *(",".join(_csv_field(row[name]) for name in columns) for row in rows)]
        content = ("\n".join(lines) + "\n").encode()
    else:
        content = b"".join(orjson.dumps({name: row[name] for name in columns}) + b"\n" for row in rows)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def _csv_field(value: Any) -> str:
    # NULL is an empty field without quotes; the empty text has them.
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return '"' + text.replace('"', '""') + '"'
