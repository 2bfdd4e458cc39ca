"""The section of recon.yml about Segment's own events on their way to Braze."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from recon.config.values import Duration, Place, Section, Text, unique

# An event is told from its double by the ledger and by what Braze still shows of the last 90 days (facts/braze-rest-api
# §3.3, §10.30), so nothing older may be sent.
_LONGEST = timedelta(days=60)


def _check_window(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= _LONGEST:
        raise ValueError("must be more than nothing and at most 60d")
    return value


def _parse_instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("must be an instant with its zone, such as 2026-11-20T00:00:00Z")
    return found.astimezone(UTC)


def _check_event_name(value: str) -> str:
    if len(value) > 255:
        raise ValueError("must be at most 255 characters long")
    return value


def _check_fresh(value: timedelta) -> timedelta:
    if value > _LONGEST:
        raise ValueError("must be at most 60d; 0d turns it off")
    return value


Instant = Annotated[
    datetime,
    BeforeValidator(_parse_instant),
    PlainSerializer(lambda value: value.isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string"}),
]
EventName = Annotated[Text, AfterValidator(_check_event_name)]


class EventNameRule(Section):
    """An event that has another name in Braze."""

    event: Text
    """Name of the event in Segment."""
    to: EventName
    """Name of the custom event in Braze."""


class Purchases(Section):
    """The event that is an order."""

    event: Text = "Order Completed"
    """Name of the event in Segment."""
    as_: Literal["purchases", "event"] = Field(default="purchases", alias="as")
    """What becomes of it: `purchases`, one for each entry of its `products`; or `event`, a custom event like any other,
    which `map` can call `ecommerce.order_placed`."""


class TrackEvents(Section):
    """Segment's Track calls that are sent to Braze, each once, by `recon send-events`."""

    # Layout of the files: facts/segment §1.9. Names and limits: facts/braze-rest-api §2.6 and §2.7.

    files: Place
    """Glob of the files of Segment's S3 destination: JSON Lines, plain or .gz."""
    since: Annotated[Duration, AfterValidator(_check_window)] = timedelta(days=7)
    """How far back events are sent that were not sent yet, so how late a file may come; at most 60d."""
    fresh_traits: Annotated[Duration, AfterValidator(_check_fresh)] = timedelta(days=2)
    """How far back the same files are read for traits that are newer than Segment's tables: of Identify calls, and of
    `Audience Entered` and `Audience Exited`; at most 60d, and 0d turns it off."""
    start: Instant | None = None
    """Nothing that happened before this instant is sent: when Segment's own Braze destination stopped sending."""
    include: tuple[Text, ...] = ("*",)
    """Which events are sent, by their names in Segment. Patterns such as `Product *`; upper and lower case differ."""
    exclude: tuple[Text, ...] = ("Audience Entered", "Audience Exited", "Trait Computed")
    """Which events stay out; exclude wins over include. By default what Engage says of audiences and traits, which
    reaches Braze as attributes."""
    map: Annotated[tuple[EventNameRule, ...], unique("event", lambda rule: rule.event)] = ()
    """Events that have another name in Braze; all others keep theirs."""
    purchases: Purchases = Purchases()
    """What becomes of orders."""
