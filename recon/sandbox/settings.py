"""sandbox.json: the simulated Braze workspace and Segment source, as plain dataclasses.

Every member but `version`, `keys` and `segments` has a default; an unknown member is an error. `Modes` holds a switch
for each behaviour that the facts mark as conflicting or unverified; a default is what was recorded, if anything was.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from recon.errors import ConfigError

FILE = "sandbox.json"


@dataclass(frozen=True)
class Key:
    """A REST API key of the workspace; `permissions` are Braze's names ("users.track", facts/braze-rest-api §1.3)."""

    name: str
    key: str
    permissions: list[str]


@dataclass(frozen=True)
class Segment:
    """A segment that can be exported. Every profile is a member: make a segment "All users"."""

    id: str
    name: str


@dataclass(frozen=True)
class Attribute:
    """One row of the catalogue of custom attributes.

    A `data_type` without " (Automatically Detected)" is a forced type (facts/braze-rest-api §2.5, §7);
    `array_length` None means the default of 25; `status` is "Active" or "Blocklisted".
    """

    name: str
    data_type: str
    array_length: int | None = None
    status: str = "Active"
    description: str | None = None
    tag_names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SubscriptionGroup:
    """A subscription group; `channel` is "email", or a phone channel such as "sms" or "whatsapp"."""

    id: str
    name: str
    channel: str


@dataclass(frozen=True)
class Modes:
    """Switches for what the facts leave open. [REC] recorded, [DOC] documented, [UNV] verified nowhere."""

    apply: bool = True  # False: validate and log /users/track only; for measuring clients
    lost_updates: bool = False  # concurrent requests of one profile revert each other [DOC §2.8]
    track_objects: Literal["combined", "per_array"] = "combined"  # 75 together [DOC] or the legacy 75 an array
    numeric_external_id: Literal["coerce", "refuse"] = "coerce"  # [REC 2020]; today [UNV]
    long_strings: Literal["ignore", "truncate", "keep"] = "ignore"  # > 255 characters [UNV]
    long_arrays: Literal["first", "last"] = "first"  # which elements of a too long whole set stay [UNV]
    invalid_gender: Literal["ignore", "null"] = "ignore"  # [UNV]
    email_case: Literal["keep", "lower"] = "keep"  # how an e-mail is stored [UNV]
    email_lookup: Literal["insensitive", "exact"] = "insensitive"  # [UNV]
    resubscribe_on_email_change: bool = False  # workspace setting [DOC §5.1], older default
    merge_subscription: Literal["keep", "strictest"] = "keep"  # consent after a merge [UNV]
    fields_required: bool = True  # accounts since 2024-08-22 must send fields_to_export [DOC]
    unknown_export_field: Literal["refuse", "ignore"] = "refuse"  # [UNV]
    export_dob: Literal["time", "date"] = "time"  # [REC] against [DOC]
    export_created_at: Literal["iso", "utc"] = "iso"  # [REC] against [DOC]
    export_times: Literal["iso", "utc", "offset"] = "iso"  # time attributes [UNV]
    export_appboy_id: bool = True  # [REC]
    export_member: Literal["txt", "json"] = "txt"  # names inside an archive [CODE] against [DOC]
    export_coordinates: Literal["lon_lat", "lat_lon"] = "lon_lat"  # text against sample [DOC]
    export_duplicates: int = 0  # every n-th user appears twice in a segment export; 0 = none [DOC: very rarely]
    export_link_seconds: float = 4 * 3600  # life of an export's url [DOC]
    subscription_unknown: Literal["unknown", "Unknown"] = "unknown"  # [REC] against [DOC]
    user_status_shape: Literal["recorded", "documented"] = "recorded"
    rename_external_ids: Literal["objects", "strings"] = "objects"  # [REC] against [DOC]
    log_bodies: bool = False  # keep every request body in the log, not just small ones


@dataclass(frozen=True)
class Braze:
    """The Braze workspace. Delays are seconds; `limits` overrides a pool of limits.POOLS by name."""

    keys: list[Key]
    segments: list[Segment]
    attributes: list[Attribute] = field(default_factory=list)
    subscription_groups: list[SubscriptionGroup] = field(default_factory=list)
    apply_delay: list[float] = field(default_factory=lambda: [0.5, 6.0])
    export_delay: float = 1.0
    export_to: Literal["url", "bucket"] = "url"
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    modes: Modes = field(default_factory=Modes)


@dataclass(frozen=True)
class Source:
    """The Segment source: its write keys and the user ids that are suppressed there."""

    write_keys: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """All of sandbox.json."""

    version: int
    braze: Braze
    segment: Source = field(default_factory=Source)

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Read `folder`/sandbox.json; a ConfigError names what is missing, unknown or of the wrong type."""
        path = folder / FILE
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise ConfigError(f"{path} does not exist", "make a folder with `recon sandbox seed DIR`") from None
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON: {error}", "correct it, or seed the folder again") from None
        return cls.parse(document)

    @classmethod
    def parse(cls, document: Any) -> Settings:
        """The settings in a parsed sandbox.json."""
        settings = _build(cls, document, FILE)
        if settings.version != 1:
            raise ConfigError(f"{FILE}: version {settings.version} is unknown", "this recon reads version 1")
        low_high = settings.braze.apply_delay
        if len(low_high) != 2 or not 0 <= low_high[0] <= low_high[1]:
            raise ConfigError(f"{FILE}: braze.apply_delay must be [least, most] in seconds", "for example [0.5, 6.0]")
        return settings

    def save(self, folder: Path) -> None:
        """Write `folder`/sandbox.json."""
        (folder / FILE).write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n")


T = TypeVar("T")


def _build(cls: type[T], document: Any, where: str) -> T:
    if not isinstance(document, Mapping):
        raise ConfigError(f"{where} must be an object", "see docs/sandbox.md")
    hints = get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in document:
        if name not in fields:
            raise ConfigError(f"{where}: unknown member {name!r}", f"known are: {', '.join(fields)}")
    for name, f in fields.items():
        if name not in document and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{where}: member {name!r} is missing", "see docs/sandbox.md")
    return cls(**{name: _value(hints[name], value, f"{where}: {name}") for name, value in document.items()})


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _build(kind, value, where)
    if origin is Literal:
        if value not in args:
            raise ConfigError(f"{where} is {value!r}", f"write one of {', '.join(map(repr, args))}")
        return value
    if origin is list and isinstance(value, list):
        return [_value(args[0], item, f"{where}[{n}]") for n, item in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {key: _value(args[1], item, f"{where}.{key}") for key, item in value.items()}
    if type(None) in args:
        return None if value is None else _value(args[0], value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is not None or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ConfigError(f"{where} has the wrong type ({type(value).__name__})", "see docs/sandbox.md")
    return value
