"""recon.yml as typed, frozen models: the whole of the contract's file, one class per section.

`Config` is the root; the sections are importable from here too. Nothing in this module reads a file: see `loading`.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, PrivateAttr, model_validator

from recon.config.rules import (
    AliasRule,
    AttributeRule,
    Channel,
    Cohort,
    CohortTarget,
    ConsentRule,
    GroupConsentRule,
    Identity,
    Subscriptions,
    ValueType,
)
from recon.config.safety import Audit, Breaker, Breakers, Budget, Policy, Privacy, Quality
from recon.config.sides import (
    Braze,
    Currents,
    Events,
    Export,
    Limits,
    NarrowProfiles,
    Profiles,
    Segment,
    Tracking,
    WarehouseProfiles,
    WideProfiles,
)
from recon.config.track_events import EventNameRule, Purchases, TrackEvents
from recon.config.values import REMOTE_SCHEMES, Loc, Section, Text, conflict, unique
from recon.config.watch import Message, Watch


def _check_workspace(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", value):
        raise ValueError("must be a short name of letters, digits, - _ and ., beginning with a letter or digit")
    return value


def _check_state(value: str) -> str:
    if "://" in value:
        raise ValueError("must be a folder on this machine: the journal needs a real disk")
    return value


class Config(Section):
    """recon.yml. A file is read by `recon.config.loading.load`, which also tells the Config where the file lies."""

    version: Literal[1]
    """Version of this format: 1."""
    workspace: Annotated[Text, AfterValidator(_check_workspace)]
    """Short name of the workspace. Part of every state key and message id: never change it."""
    state: Annotated[Text, AfterValidator(_check_state)] = ".recon"
    """Folder of the journal, the ledger and the runs."""
    segment: Segment
    """What Segment knows."""
    braze: Braze
    """The Braze workspace that is compared and repaired."""
    currents: Currents | None = None
    """Engagement events that Braze writes to a bucket; needed by `recon forward` and for proof in the audit."""
    events: TrackEvents | None = None
    """Segment's events for Braze; needed by `recon send-events`."""
    attributes: Annotated[tuple[AttributeRule, ...], unique("to", lambda rule: rule.to)] = ()
    """The mapping: one row per Braze attribute."""
    cohorts: Annotated[tuple[Cohort, ...], unique("audience", lambda cohort: cohort.audience)] = ()
    """Segment audiences and how Braze holds them."""
    subscriptions: Subscriptions = Subscriptions()
    """Which traits hold people's consent."""
    identity: Identity = Identity()
    """Duplicate profiles."""
    policy: Policy = Policy()
    """What recon may do by itself, and where it stops."""
    quality: Quality = Quality()
    """Gates that the inputs and then the plan must pass before anything is pushed."""
    privacy: Privacy = Privacy()
    """Pseudonyms and retention."""
    audit: Audit = Audit()
    """Deadlines and signature of the compliance audit."""
    watch: Watch | None = None
    """Who is told how a run ended."""

    _file: Path = PrivateAttr(default=Path("recon.yml"))

    def model_post_init(self, context: Any, /) -> None:
        if context:
            self._file = context["file"]

    @model_validator(mode="after")
    def _one_writer_for_each_field(self) -> Config:
        mapped = {rule.to for rule in self.attributes}
        writers = dict.fromkeys(mapped, "under attributes")
        writers |= {group.id: "under subscriptions.groups" for group in self.subscriptions.groups}
        seen: set[str] = set()
        problems: list[tuple[Loc, str]] = []
        for row, cohort in enumerate(self.cohorts):
            form, name = cohort.to.form, cohort.to.name
            # Audiences share an array; everything else in Braze has one writer.
            writer = "as an array of cohorts" if form == "array" else f"as {form} of another cohort"
            if writers.setdefault(name, writer) != writer or (form != "array" and name in seen):
                problems.append((("cohorts", row, "to", form), f"{name} stands {writers[name]} too; keep one"))
            seen.add(name)
        for row, name in enumerate(self.policy.clear_when_null):
            if name not in mapped:
                problems.append((("policy", "clear_when_null", row), f"{name} has no row under attributes"))
        if problems:
            raise conflict(problems)
        return self

    @property
    def file(self) -> Path:
        """The recon.yml that this was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """The folder of recon.yml, absolute; relative paths in it start here."""
        return self._file.absolute().parent

    @property
    def state_folder(self) -> Path:
        """The folder of the journal, the ledger and the runs, absolute."""
        return Path(self.resolve(self.state))

    def resolve(self, path_or_url: str) -> str:
        """A path of recon.yml as an absolute one (`~` is the home folder); s3://, gs:// and az:// stay as they are."""
        if path_or_url.startswith(REMOTE_SCHEMES):
            return path_or_url
        return str(self.folder / Path(path_or_url).expanduser())

    def fingerprint(self) -> str:
        """SHA-256 (hex) of everything that affects a run's result; secrets, where the state lies,
        what events are sent and who is told do not count. Where they lie does, for traits are read there too."""
        # Every dump masks secrets, so they count no more than what is excluded here.
        sending = {name: True for name in TrackEvents.model_fields if name not in ("files", "fresh_traits")}
        left_out: Any = {"state": True, "events": sending, "audit": True, "watch": True}
        left_out["privacy"] = {"keep_runs": True}
        settings = self.model_dump(mode="json", by_alias=True, exclude=left_out)
        canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


__all__ = [
    "AliasRule",
    "AttributeRule",
    "Audit",
    "Braze",
    "Breaker",
    "Breakers",
    "Budget",
    "Channel",
    "Cohort",
    "CohortTarget",
    "Config",
    "ConsentRule",
    "Currents",
    "EventNameRule",
    "Events",
    "Export",
    "GroupConsentRule",
    "Identity",
    "Limits",
    "Message",
    "NarrowProfiles",
    "Policy",
    "Privacy",
    "Profiles",
    "Purchases",
    "Quality",
    "Segment",
    "Subscriptions",
    "TrackEvents",
    "Tracking",
    "ValueType",
    "WarehouseProfiles",
    "Watch",
    "WideProfiles",
]
