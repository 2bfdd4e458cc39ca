"""The sections of recon.yml about the two sides and the files between them: segment, braze, currents."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, SecretStr, Tag, model_validator

from recon.config.values import Duration, Place, Positive, Secret, Section, Share, TableFiles, Text, Url

# Tags of the union below. pydantic puts them into the place of an error; with a blank inside they are no key.
NARROW, WIDE, WAREHOUSE = "narrow form", "wide form", "warehouse form"


class NarrowProfiles(Section):
    """Profiles Sync tables, one row per profile and trait."""

    # Tables: facts/segment §1.4.

    user_traits: TableFiles
    """Files of the table `user_traits`. A path or glob; .parquet, .csv or .ndjson, plain or with .gz behind."""
    user_identifiers: TableFiles
    """Files of the table `user_identifiers`."""
    profile_merges: TableFiles
    """Files of the table `profile_merges`."""


class WideProfiles(Section):
    """Profiles Sync tables, one column per trait."""

    # Tables: facts/segment §1.5.

    profile_traits: TableFiles
    """Files of the table `profile_traits`: `canonical_segment_id`, `merged_to`, one column per trait, spelled as
    the trait or in snake case. It has no times, and NULL is a trait that is not there."""
    user_identifiers: TableFiles
    """Files of the table `user_identifiers`."""


# Strict, for PostgreSQL's library takes a password with a bare @ or / in it for a piece of the address, and repeats
# that in its errors.
_TOKEN = r"(?:[^\s@/?#%]|%(?!00)[0-9A-Fa-f]{2})"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[\w.%-]*)(?::\d+)?"
_POSTGRESQL = re.compile(
    rf"(?:postgres|postgresql)://(?:{_TOKEN}*@)?({_HOST}(?:,{_HOST})*(?:/{_TOKEN}*)?)(?:\?(?:{_TOKEN}|/)*)?", re.ASCII
)


def _check_postgresql(value: SecretStr) -> SecretStr:
    if not _POSTGRESQL.fullmatch(value.get_secret_value()):
        raise ValueError(
            "must be the URI of a PostgreSQL database, postgresql://user:password@host:5432/database; "
            "in user and password write @ / ? # % as %40 %2F %3F %23 %25"
        )
    return value


class WarehouseProfiles(Section):
    """Profiles Sync tables read straight from the warehouse, narrow (`user_traits`) or, without that, wide."""

    # Tables: facts/segment §1.4 and §1.5.

    warehouse: Annotated[Secret, AfterValidator(_check_postgresql)]
    """URI of the PostgreSQL database: `postgresql://user:password@host:5432/database`. As it holds a password, take it
    from a variable. The user needs to read only."""
    schema_name: Text = Field(alias="schema")
    """Schema that Profiles Sync writes to; Segment names it after the profile space."""

    @property
    def address(self) -> str:
        """Host and database of the URI, without user, password and options."""
        found = _POSTGRESQL.fullmatch(self.warehouse.get_secret_value())
        return f"postgresql://{found[1] if found else ''}"


def _form(data: Any) -> str:
    if isinstance(data, Section):
        return {WideProfiles: WIDE, WarehouseProfiles: WAREHOUSE}.get(type(data), NARROW)
    if isinstance(data, dict) and "warehouse" in data:
        return WAREHOUSE
    return WIDE if isinstance(data, dict) and "profile_traits" in data else NARROW


Profiles = Annotated[
    Annotated[NarrowProfiles, Tag(NARROW)]
    | Annotated[WideProfiles, Tag(WIDE)]
    | Annotated[WarehouseProfiles, Tag(WAREHOUSE)],
    Discriminator(_form),
]


class Tracking(Section):
    """The Segment source that engagement events are delivered to."""

    # Hosts: facts/segment §3.1. The rate: §3.2.

    url: Url = "https://api.segment.io"
    """Segment's tracking endpoint, without /v1. EU workspaces: https://events.eu1.segmentapis.com."""
    write_key: Secret
    """Write key of the Segment source that receives the events."""
    events_per_second: int | None = Field(default=None, ge=1)
    """How many events to send in a second; else as fast as Segment takes them. Unify asks for at most 1,000 in a space,
    and falls behind for a while above that."""


class Segment(Section):
    """What Segment knows, and where events go home to."""

    profiles: Profiles
    """The profiles, in one of three forms: narrow, wide, or straight from the warehouse."""
    suppressions: Place | None = None
    """CSV `user_id, suppressed_at` of the people that Segment suppresses."""
    tracking: Tracking | None = None
    """Needed by `recon forward` only."""


# Hosts: facts/braze-rest-api §1.1.
def _check_braze_host(value: str) -> str:
    host = value.partition("://")[2]
    if host.startswith(("dashboard", "sdk.")):
        raise ValueError(
            "must be the REST endpoint, such as https://rest.iad-01.braze.com, not the dashboard's or an SDK's address"
        )
    return value


class Export(Section):
    """The export of Braze's profiles: ask for one, or read one that is already there."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["segment_id"]}, {"required": ["files"]}]})

    segment_id: Text | None = None
    """Segment API identifier of the Braze segment to export; recon asks for the export and waits for it."""
    files: Place | None = None
    """Files of an export in a bucket or folder (.zip or .gz), as a glob; recon reads the newest export among them."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.segment_id is None) == (self.files is None):
            raise ValueError("write either segment_id (recon asks Braze for an export) or files (recon reads one)")
        return self


class Limits(Section):
    """How much recon may send to Braze, and how fast."""

    # Limits: facts/braze-rest-api §2.1 and §9.

    objects_per_request: Annotated[Positive, Field(le=75)] = 75
    """Profiles in one /users/track request; Braze takes 75, some contracts 50."""
    bytes_per_request: Annotated[int, Field(strict=True, ge=1_000, le=4_000_000)] = 3_500_000
    """Bytes of one request's body; Braze takes 4 MB."""
    track_per_3s: Positive = 3_000
    """/users/track requests in 3 seconds. Written down it is a ceiling; Braze's own answer may only lower it."""
    export_ids_per_minute: Positive = 250
    """/users/export/ids requests in a minute. Written down it is a ceiling; Braze's own answer may only lower it."""
    reserve: Share = 0.2
    """Share of every limit left for production traffic: 0.2 means that recon uses at most 80 %."""


class Braze(Section):
    """The Braze workspace."""

    url: Annotated[Url, AfterValidator(_check_braze_host)]
    """REST endpoint of your Braze instance, such as https://rest.iad-01.braze.com."""
    read_key: Secret
    """API key for reading: export, attribute catalogue, subscription states."""
    write_key: Secret
    """API key for writing. recon uses it in `recon apply` only, so it can be a key of its own."""
    export: Export
    """Where the profiles that Braze holds come from."""
    limits: Limits = Limits()
    """How much recon may send, and how fast."""


class Events(Section):
    """Which engagement events are forwarded. Patterns such as `users.messages.email.*`."""

    include: tuple[Text, ...] = ("*",)
    """`*` means messages, campaigns, canvases, subscriptions and reachability. Name customer behaviours to add them."""
    exclude: tuple[Text, ...] = ()
    """Event types that stay out; exclude wins over include."""
    where: Text | None = None
    """Which of their events: a DuckDB condition over Currents' fields, such as `campaign_id <> 'c1' or machine_open
    is null`. A field that a type lacks is NULL."""
    rename: dict[Text, Text] = Field(default_factory=dict)
    """Names in Segment of your own, by event type: `{users.messages.email.Click: Email Clicked}`."""
    anonymous: Literal["skip", "send"] = "skip"
    """Events of people without external id: left out, or sent with Braze's id as `anonymousId`. Segment may then merge
    profiles by it, and count it as one more tracked user."""


class Currents(Section):
    """Braze Currents files, for forwarding and for the audit."""

    # Layout of the files: facts/braze-currents §1.

    files: Place
    """Glob of the Currents files, .avro or .json."""
    since: Duration = timedelta(days=7)
    """How far back the first run looks."""
    events: Events = Events()
    """Which event types are forwarded."""
