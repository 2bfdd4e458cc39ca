"""A PostgreSQL server of the tests' own, on a free port of this machine, and tables in it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from adbc_driver_postgresql import dbapi

SUPERUSER, PASSWORD = "recon", "p@ss/w%rd#?"


@dataclass(frozen=True)
class Server:
    """A server at work; its one superuser is SUPERUSER."""

    port: int

    def uri(self, user: str = SUPERUSER, password: str = PASSWORD, database: str = "postgres") -> str:
        """How to connect."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Runs statements as the superuser, each for itself."""
        with dbapi.connect(self.uri(), autocommit=True) as con, con.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def write(self, schema: str, table: str, types: dict[str, str], rows: Sequence[dict[str, Any]]) -> None:
        """A table of these columns and rows, which travel as text and become what `types` says."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}", f'DROP TABLE IF EXISTS {schema}."{table}"')
        self.execute(f'CREATE TABLE {schema}."{table}" ({columns})')
        texts = pl.DataFrame(
            [{name: _text(row.get(name)) for name in types} for row in rows], schema=dict.fromkeys(types, pl.String)
        )
        casts = ", ".join(f"CAST(${number} AS {kind})" for number, kind in enumerate(types.values(), start=1))
        if rows:
            with dbapi.connect(self.uri(), autocommit=True) as con, con.cursor() as cursor:
                cursor.executemany(f'INSERT INTO {schema}."{table}" VALUES ({casts})', texts)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


@contextmanager
def running() -> Iterator[Server]:
    """A fresh server; the test that asks for it is skipped where PostgreSQL is not installed, and fails so in CI."""
    programs = _programs()
    if programs is None:
        missing = "PostgreSQL's server is not installed here (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # Not below pytest's folder, which is for its owner's eyes only: initdb refuses to work for root.
    home = Path(tempfile.mkdtemp(prefix="recon-postgresql-"))
    who = _who(home)
    try:
        secret = home / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        quiet: dict[str, Any] = {"check": True, "cwd": home, "stdout": subprocess.DEVNULL, **who}
        made = ["-D", home / "data", "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        subprocess.run([programs / "initdb", *made, "-E", "UTF8", "--locale=C"], **quiet)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {home} -F"
        control = [programs / "pg_ctl", "-D", home / "data", "-w"]
        subprocess.run([*control, "-l", home / "log", "-o", options, "start"], **quiet)
        try:
            yield Server(port)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(home)


def _programs() -> Path | None:
    """Where the newest server that is installed has its programs; Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


def _who(home: Path) -> dict[str, Any]:
    """For subprocess: another user than root, who then owns `home`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
