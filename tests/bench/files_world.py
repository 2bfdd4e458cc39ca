"""A seeded world as files alone: Segment's tables, and an export archive as the sandbox would give it.

    python tests/bench/files_world.py FOLDER --profiles 1000000

The sandbox that is then served on the folder holds no profiles, but the catalogue of attributes. The export is named in
recon.yml, and group_states.ndjson has what `recon pull` would be told of subscription groups (tests/bench/scale.py puts
it into the run). So bases can be measured that are too large to serve.
"""

from __future__ import annotations

import argparse
import re
import time
import zipfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import orjson

from recon.intake.pull import FIELDS
from recon.sandbox.export import USERS_PER_FILE
from recon.sandbox.export_form import Exporter
from recon.sandbox.seed import seed
from recon.sandbox.seed.attributes import ATTRIBUTES
from recon.sandbox.seed.audiences import AUDIENCES
from recon.sandbox.seed.consents import DIGEST, NEWSLETTER, OFFERS
from recon.sandbox.settings import Modes
from recon.sandbox.store import Store
from recon.store import sql

GROUP_STATES = "group_states.ndjson"
CHANNELS = {DIGEST: "email", OFFERS: "sms", NEWSLETTER: "email"}
_LEVEL = 1


class Archive:
    """Takes the seed's profiles into one zip with a member for every 5,000; a thread packs while more are made."""

    def __init__(self, folder: Path) -> None:
        self._store = Store.create(folder / "braze.sqlite")
        standard = [each.name for each in ATTRIBUTES if not each.data_type] + ["email_subscribe", "push_subscribe"]
        custom = {each.name for each in ATTRIBUTES if each.data_type} | {each.attribute for each in AUDIENCES}
        dropped = {each.name for each in ATTRIBUTES if each.status != "Active"}
        self._exporter = Exporter([*FIELDS, *standard], custom, dropped, Modes())
        archive = folder / "braze" / "export.zip"  # what lies in exports/ is cleared away by the sandbox
        archive.parent.mkdir(exist_ok=True)
        self._zip = zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._states = (folder / GROUP_STATES).open("wb")
        self._packer = ThreadPoolExecutor(1)
        self._packed: list[Future[None]] = []

    def query(self, con: duckdb.DuckDBPyConnection, name: str, params: dict[str, Any]) -> None:
        """Takes what a query of the seed gives."""
        result = sql.run(con, f"sandbox/{name}", params)
        while page := result.fetchmany(USERS_PER_FILE):
            self._write([document.encode() for (document,) in page])

    def insert(self, profiles: Iterable[dict[str, Any]]) -> None:
        """Takes these."""
        self._write([orjson.dumps(profile) for profile in profiles])

    def _write(self, documents: list[bytes]) -> None:
        users = self._exporter.users(self._store, [(0, document) for document in documents])
        for document in documents:
            self._states.writelines(_group_states(orjson.loads(document)))
        lines = b"".join(orjson.dumps(user, option=orjson.OPT_APPEND_NEWLINE) for user in users)
        self._packed.append(self._packer.submit(self._zip.writestr, f"{len(self._packed):06}.txt", lines))
        if len(self._packed) > 4:
            self._packed[-4].result()

    def close(self) -> None:
        """Ends the archive."""
        self._packer.shutdown()
        for written in self._packed:
            written.result()
        self._zip.close()
        self._states.close()
        self._store.index()
        self._store.close()


def _group_states(profile: dict[str, Any]) -> Iterable[bytes]:
    """A profile's lines of raw/subscription_groups.ndjson: that it was asked about, and each state."""
    external_id = profile["external_id"]
    if external_id is not None:
        yield orjson.dumps({"external_id": external_id, "group_id": None}) + b"\n"
        for group_id, state in profile.get("groups", {}).items():
            told = {
                "external_id": external_id,
                "group_id": group_id,
                "status": state.lower(),
                "channel": CHANNELS[group_id],
            }
            yield orjson.dumps(told) + b"\n"


def make(folder: Path, profiles: int) -> None:
    """Writes the world and has recon.yml name its export."""
    seed(folder, profiles=profiles, taker=Archive)
    config = folder / "recon.yml"
    text, changed = re.subn(r"\{segment_id: .*\}\n", '{files: "braze/*.zip"}\n', config.read_text())
    assert changed == 1
    config.write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    asked = parser.parse_args()
    began = time.monotonic()
    make(asked.folder, asked.profiles)
    print(f"{asked.profiles:,} people in {time.monotonic() - began:,.0f} s")
