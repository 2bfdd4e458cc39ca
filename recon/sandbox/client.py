"""The sandbox as a process of its own, and a handle to its control surface: for tests, benchmarks and the demo."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import requests

from recon.errors import UsageError
from recon.sandbox.store import Doc

READY = "sandbox ready at "
_PATIENCE = 10  # seconds to end in, before it is killed


class Sandbox:
    """A running sandbox at `url`, asked over /_sandbox/."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = requests.Session()
        self._http.trust_env = False  # loopback never goes through a proxy

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, what: str, **options: Any) -> requests.Response:
        answer = self._http.request(method, f"{self.url}/_sandbox/{what}", timeout=(5, 300), **options)
        if answer.status_code == 400:
            raise ValueError(answer.json()["message"])
        return answer

    def _lines(self, what: str, **params: Any) -> Iterator[dict[str, Any]]:
        with self._ask("GET", what, params=params, stream=True) as answer:
            answer.raise_for_status()
            rest = b""
            for chunk in answer.iter_content(1 << 16):
                # Not iter_lines: it also splits at characters that JSON leaves as they are.
                *lines, rest = (rest + chunk).split(b"\n")
                yield from map(orjson.loads, lines)

    def requests(self, path: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Logged requests (n, time, method, path, query, status, request_id, key, objects, size, fault, body).

        Those after number `after`, of paths that match the pattern `path`. Status 0: it got no answer.
        """
        return list(self._lines("requests", after=after, **({"path": path} if path else {})))

    def clear_requests(self) -> None:
        self._ask("DELETE", "requests").raise_for_status()

    def profile(self, external_id: str) -> Doc | None:
        """The profile of a primary or deprecated external id as stored, None if there is none."""
        answer = self._ask("GET", "profile", params={"external_id": external_id})
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        document: Doc = orjson.loads(answer.content)
        return document

    def profiles(self) -> Iterator[Doc]:
        """All profiles as stored."""
        return self._lines("profiles")

    def insert(self, profiles: list[Doc]) -> None:
        """Add profiles at once, past every queue; ValueError if one cannot be added (then none is)."""
        self._ask("POST", "profiles", data=orjson.dumps(profiles)).raise_for_status()

    def settle(self, timeout: float = 60) -> None:
        """Wait until every accepted request is applied; TimeoutError after `timeout` seconds."""
        answer = self._ask("POST", "settle", params={"timeout": timeout})
        answer.raise_for_status()
        if waiting := answer.json()["waiting"]:
            raise TimeoutError(f"{waiting} requests still wait to be applied")

    def fault(self, path: str, kind: str, **options: Any) -> None:
        """Switch a fault on; `kind` and `options` are those of faults.Fault. ValueError says what is wrong."""
        self._ask("POST", "faults", json={"path": path, "kind": kind, **options}).raise_for_status()

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults").raise_for_status()

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """What Segment received (n, received_at, message_id, type, user_id, event, dropped, body).

        `dropped` is why Segment would drop the event, None if it took it.
        """
        return list(self._lines("events", after=after))


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[Sandbox]:
    """The sandbox on `folder` in a process of its own, ended on leaving. It also ends when this process dies.

    Raises UsageError with the process's own words if it does not start.
    """
    command = [sys.executable, "-m", "recon.sandbox", str(folder), "--port", str(port), "--until-eof"]
    with (folder / "sandbox.log").open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdin is not None and process.stdout is not None
    with process.stdin, process.stdout:
        try:
            line = process.stdout.readline().decode()
            if not line.startswith(READY):
                process.wait(_PATIENCE)
                said = (folder / "sandbox.log").read_text(errors="replace").strip()
                raise UsageError(f"the sandbox did not start: {said}", "see docs/sandbox.md")
            sandbox = Sandbox(line.removeprefix(READY).strip())
            try:
                yield sandbox
            finally:
                sandbox.close()
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
