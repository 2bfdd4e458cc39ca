"""Braze's remaining endpoints of the first order: track, the lists, and subscription groups."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from functools import partial
from typing import Any
from urllib.parse import urlencode

from recon.sandbox import formats, track
from recon.sandbox.store import Profile, Store
from recon.sandbox.subscriptions import Subscriptions, read_form
from recon.sandbox.wire import Answer, BadRequest, Call, Endpoint, texts
from recon.sandbox.world import World

PAGE = 50  # attributes a page
SEGMENT_PAGE = 100
MOST_IDS = 50
MOST_RESULTS = 100


def users_track(world: World, call: Call) -> Answer:
    """POST /users/track: check, queue, answer 201 at once."""
    body, modes = call.json(), world.settings.braze.modes
    try:
        accepted = track.accept(body, modes)
    except track.Fatal as error:
        answer: dict[str, Any] = {"message": str(error)}
        if error.errors:
            answer["errors"] = error.errors
        return Answer(400, answer, objects=len(error.errors))
    if modes.apply:
        snapshot = world.tracker.snapshot(world.store, body, accepted) if modes.lost_updates else None
        world.queue(lambda store: world.tracker.apply(store, call.body, accepted, snapshot))
    objects = sum(map(len, accepted.good.values())) + len(accepted.errors)
    return Answer(201, accepted.answer(), objects=objects)


# -- lists


def custom_attributes(world: World, call: Call) -> Answer:
    """GET /custom_attributes: 50 a page, the next page's address in the Link header only (§7)."""
    start = 0
    if cursor := call.param("cursor"):
        try:
            start = int(base64.urlsafe_b64decode(cursor).decode())
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise BadRequest("Invalid cursor") from None
    listed = world.catalogue.listed()
    page = listed[start : start + PAGE]
    headers = {}
    if start + PAGE < len(listed):
        following = base64.urlsafe_b64encode(str(start + PAGE).encode()).decode()
        headers["Link"] = f'<{call.base_url}{call.path}?{urlencode({"cursor": following})}>; rel="next"'
    attributes = [dataclasses.asdict(attribute) for attribute in page]
    return Answer(200, {"attributes": attributes, "message": "success"}, headers)


def segments_list(world: World, call: Call) -> Answer:
    """GET /segments/list: `page` from 0, 100 a page."""
    page = _number(call, "page", 0)
    listed = world.settings.braze.segments[page * SEGMENT_PAGE : (page + 1) * SEGMENT_PAGE]
    segments = [{"id": s.id, "name": s.name, "analytics_tracking_enabled": False, "tags": []} for s in listed]
    return Answer(200, {"message": "success", "segments": segments})


def _number(call: Call, name: str, default: int, most: int | None = None) -> int:
    text = call.param(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or (most is not None and int(text) > most):
        raise BadRequest(f"'{name}' is not valid")
    return int(text)


# -- subscription groups


def _listed(call: Call, name: str) -> list[str]:
    return texts(call.params(name), name, MOST_IDS)


def _by_email(world: World, email: str) -> list[Profile]:
    return world.store.by_email(email, exact=world.settings.braze.modes.email_lookup == "exact")


def user_status(world: World, call: Call) -> Answer:
    """GET /subscription/user/status: groups with a history, of users by external id, e-mail or phone (§5.2)."""
    ids, emails, phones = (_listed(call, name) for name in ("external_id", "email", "phone"))
    if not ids and not emails and not phones:
        raise BadRequest("'external_id', 'email' or 'phone' is required")
    limit, offset = _number(call, "limit", MOST_RESULTS, MOST_RESULTS), _number(call, "offset", 0)
    found: dict[int, Profile] = {}
    for wanted in ids:
        if profile := world.store.by_external_id(wanted):
            found[profile.row] = profile
    for email in emails:
        found |= {p.row: p for p in _by_email(world, email)}
    for phone in phones:
        found |= {p.row: p for p in world.store.by_phone(formats.phone(phone) or "")}
    page = [found[row] for row in sorted(found)][offset : offset + limit]
    recorded = world.settings.braze.modes.user_status_shape == "recorded"
    users = [_status_of(world, profile, "status" if recorded else "subscription_status") for profile in page]
    answer: dict[str, Any] = {"users": users, "total_count": len(found)}
    return Answer(200, answer | ({"message": "success"} if recorded else {"success": True}))


def _status_of(world: World, profile: Profile, name: str) -> dict[str, Any]:
    groups = []
    for group_id, state in profile.doc.get("groups", {}).items():
        if group := world.subscriptions.groups.get(group_id):
            groups.append({"id": group.id, "name": group.name, "channel": group.channel, name: state})
    return {
        "email": profile.email,
        "phone": profile.phone,
        "external_id": profile.external_id,
        "subscription_groups": groups,
    }


def status_get(world: World, call: Call) -> Answer:
    """GET /subscription/status/get: the state of one group for users or addresses."""
    group_id = call.param("subscription_group_id") or ""
    if group_id not in world.subscriptions.groups:
        raise BadRequest("Invalid subscription group ID")
    never = world.settings.braze.modes.subscription_unknown
    ids, emails, phones = (_listed(call, name) for name in ("external_id", "email", "phone"))

    def state(profiles: list[Profile]) -> str:
        held = (profile.doc.get("groups", {}).get(group_id) for profile in profiles)
        return next((s for s in held if s is not None), never)

    if ids:
        found = {i: state([p for p in [world.store.by_external_id(i)] if p]) for i in ids}
    elif emails and phones:
        raise BadRequest("Either an email address or a phone number should be provided, but not both.")
    elif emails:
        found = {email: state(_by_email(world, email)) for email in emails}
    elif phones:
        found = {phone: state(world.store.by_phone(formats.phone(phone) or "")) for phone in phones}
    else:
        raise BadRequest("'external_id', 'email' or 'phone' is required")
    return Answer(200, {"status": found, "message": "success"})


def status_set_v1(world: World, call: Call) -> Answer:
    """POST /subscription/status/set: one group, one state."""
    body = call.object()
    names = {"external_ids": "external_id", "emails": "email", "phones": "phone"}
    entry = {new: body[old] for new, old in names.items() if body.get(old) is not None}
    kept = {name: body.get(name) for name in ("subscription_group_id", "subscription_state")}
    return _set_groups(world, [{**kept, **entry}])


def status_set(world: World, call: Call) -> Answer:
    """POST /v2/subscription/status/set: several groups."""
    entries = call.object().get("subscription_groups")
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise BadRequest("'subscription_groups' must be an array of objects")
    return _set_groups(world, entries)


def _set_groups(world: World, entries: list[dict[str, Any]]) -> Answer:
    changes: list[tuple[str, str, dict[str, list[str]]]] = []
    for entry in entries:
        group_id, state = entry.get("subscription_group_id"), read_form(entry.get("subscription_state"))
        if not isinstance(group_id, str) or group_id not in world.subscriptions.groups:
            raise BadRequest("Invalid subscription group ID")
        if state is None:
            raise BadRequest("'subscription_state' must be subscribed or unsubscribed")
        names = ("external_ids", "emails", "phones")
        whom = {name: texts(entry[name], name, MOST_IDS) for name in names if entry.get(name)}
        if "emails" in whom and "phones" in whom:
            raise BadRequest("Either an email address or a phone number should be provided, but not both.")
        if not whom:
            raise BadRequest("'external_ids', 'emails' or 'phones' is required")
        changes.append((group_id, state, whom))
    exact = world.settings.braze.modes.email_lookup == "exact"
    world.queue(partial(_apply_groups, subscriptions=world.subscriptions, changes=changes, exact=exact))
    objects = sum(len(ids) for _, _, whom in changes for ids in whom.values())
    return Answer(201, {"message": "success"}, objects=objects)


def _apply_groups(
    store: Store, *, subscriptions: Subscriptions, changes: list[tuple[str, str, dict[str, list[str]]]], exact: bool
) -> None:
    for group_id, state, whom in changes:
        finders = {
            "external_ids": lambda v: [p for p in [store.by_external_id(v)] if p],
            "emails": lambda v: store.by_email(v, exact=exact),
            "phones": lambda v: store.by_phone(formats.phone(v) or ""),
        }
        for kind, ids in whom.items():
            for profile in [p for value in ids for p in finders[kind](value)]:
                fresh = store.by_row(profile.row)  # an earlier one may have spread to this one
                assert fresh is not None
                subscriptions.set_group(store, fresh, group_id, state)
                store.save(fresh)


ENDPOINTS = {
    ("POST", "/users/track"): Endpoint(users_track, "users.track", "track"),
    ("GET", "/custom_attributes"): Endpoint(custom_attributes, "custom_attributes.get", "catalogue"),
    ("GET", "/segments/list"): Endpoint(segments_list, "segments.list", "general"),
    ("GET", "/subscription/user/status"): Endpoint(user_status, "subscription.groups.get", "subscription_status"),
    ("GET", "/subscription/status/get"): Endpoint(status_get, "subscription.status.get", "subscription_status"),
    ("POST", "/subscription/status/set"): Endpoint(status_set_v1, "subscription.status.set", "subscription_set"),
    ("POST", "/v2/subscription/status/set"): Endpoint(status_set, "subscription.status.set", "subscription_set"),
}
