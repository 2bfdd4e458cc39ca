"""Segment's POST /v1/batch: 200 for nearly everything, and silence about what it drops (facts/segment §3)."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import orjson

from recon.sandbox.requestlog import new_message_id
from recon.sandbox.wire import Answer, Call
from recon.sandbox.world import World

PATH = "/v1/batch"
LARGEST_BATCH = 500 * 1000  # bytes of JSON, before compression
LARGEST_EVENT = 32 * 1024
MOST_EVENTS = 2_500
_ACCEPTED = {"success": True}


def batch(world: World, call: Call) -> Answer:
    """Take a batch; every event is kept with the reason it was dropped for, None if it was taken."""
    body = call.body
    if call.headers.get("content-encoding") == "gzip":
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(body, LARGEST_BATCH + 1)
        except zlib.error:
            return Answer(400, {"code": "invalid_request", "message": "malformed gzip"})
    if len(body) > LARGEST_BATCH:
        return Answer(400, {"code": "too_large", "message": "Exceed payload limit"})
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Answer(400, {"code": "invalid_request", "message": "malformed JSON"})
    events = document.get("batch") if isinstance(document, dict) else None
    if not isinstance(events, list):
        return Answer(200, _ACCEPTED)
    whole = None
    if _write_key(document, call) not in world.settings.segment.write_keys:
        whole = "write key"
    elif len(events) > MOST_EVENTS:
        whole = "too many events"
    _receive(world, [event for event in events if isinstance(event, dict)], whole, call.now)
    return Answer(200, _ACCEPTED, objects=len(events))


def _receive(world: World, events: list[dict[str, Any]], whole: str | None, now: float) -> None:
    for event in events:
        if not isinstance(event.get("messageId"), str) or not event["messageId"]:
            event["messageId"] = new_message_id()
    seen = world.log.repeated([event["messageId"] for event in events], now)
    kept = []
    for event in events:
        encoded = orjson.dumps(event)
        dropped = whole or _drops(world, event, encoded, seen)
        if dropped is None:
            seen.add(event["messageId"])
        kept.append((event, encoded, dropped))
    world.log.receive(kept, now)


def _drops(world: World, event: dict[str, Any], encoded: bytes, seen: set[str]) -> str | None:
    """Why Segment drops this event, None if it takes it."""
    if len(encoded) > LARGEST_EVENT:
        return "too large"
    user = event.get("userId")
    if not user and not event.get("anonymousId"):
        return "no id"
    if event.get("type") == "track" and not event.get("event"):
        return "no event"
    if user in world.suppressed:
        return "suppressed"
    if event["messageId"] in seen:
        return "duplicate"
    return None


def _write_key(document: dict[str, Any], call: Call) -> str | None:
    """The write key in the body, else in Basic auth (`writeKey:`)."""
    if isinstance(key := document.get("writeKey"), str):
        return key
    scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None
