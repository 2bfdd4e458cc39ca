"""Braze's identity endpoints (facts/braze-rest-api §4). Answers count what was queued, never what happened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from recon.sandbox import people
from recon.sandbox.merging import merge
from recon.sandbox.settings import Modes
from recon.sandbox.store import Doc, Profile, Store
from recon.sandbox.wire import Answer, BadRequest, Call, Endpoint, texts
from recon.sandbox.world import World

MOST = 50
_IDENTIFIERS = ("external_id", "user_alias", "braze_id", "email", "phone")


def _objects(body: Doc, name: str) -> list[Doc]:
    items = body.get(name)
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise BadRequest(f"'{name}' must be an array of objects")
    if len(items) > MOST:
        raise BadRequest(f"a single request may not contain more than {MOST} {name}")
    return items


# -- aliases


def alias_new(world: World, call: Call) -> Answer:
    """POST /users/alias/new."""
    items = _objects(call.object(), "user_aliases")
    errors = [
        {"type": "'alias_name' and 'alias_label' are required", "input_array": "user_aliases", "index": n}
        for n, item in enumerate(items)
        if not people.alias(item)
    ]
    good = [item for item in items if people.alias(item)]
    world.queue(partial(_alias_new, items=good, modes=world.settings.braze.modes))
    return _processed(len(good), errors, len(items))


def _alias_new(store: Store, *, items: list[Doc], modes: Modes) -> None:
    for item in items:
        label, name = item["alias_label"], item["alias_name"]
        if item.get("external_id") is None:
            if store.by_alias(label, name) is None:
                store.add(people.new(None, [{"alias_name": name, "alias_label": label}]))
            continue
        wanted = people.external_id(item["external_id"], modes)
        profile = store.by_external_id(wanted) if wanted else None
        if profile is not None and store.add_alias(profile, label, name):
            store.save(profile)


def alias_update(world: World, call: Call) -> Answer:
    """POST /users/alias/update. The answer's body is documented nowhere."""
    items = _objects(call.object(), "alias_updates")
    for item in items:
        if not all(isinstance(item.get(k), str) for k in ("alias_label", "old_alias_name", "new_alias_name")):
            raise BadRequest("'alias_label', 'old_alias_name' and 'new_alias_name' are required")
    world.queue(partial(_alias_update, items=items))
    return Answer(201, {"message": "success"}, objects=len(items))


def _alias_update(store: Store, *, items: list[Doc]) -> None:
    for item in items:
        label, old, new = item["alias_label"], item["old_alias_name"], item["new_alias_name"]
        profile = store.by_alias(label, old)
        if profile is not None and store.by_alias(label, new) is None:
            store.drop_alias(profile, label, old)
            store.add_alias(profile, label, new)
            store.save(profile)


def _processed(count: int, errors: list[Doc], objects: int) -> Answer:
    body: Doc = {"aliases_processed": count, "message": "success"}
    return Answer(201, body | ({"errors": errors} if errors else {}), objects=objects)


# -- identify


def identify(world: World, call: Call) -> Answer:
    """POST /users/identify: alias-, email- or phone-only profiles get an external_id or go into its profile."""
    body = call.object()
    lists = [n for n in ("aliases_to_identify", "emails_to_identify", "phone_numbers_to_identify") if n in body]
    if not lists:
        raise BadRequest("'aliases_to_identify', 'emails_to_identify' or 'phone_numbers_to_identify' is required")
    items = [item for name in lists for item in _objects(body, name)]
    if len(items) > MOST:
        raise BadRequest(f"a single request may not contain more than {MOST} users to identify")
    modes = world.settings.braze.modes
    errors, good = [], []
    for n, item in enumerate(items):
        if not people.external_id(item.get("external_id"), modes):
            errors.append({"type": "'external_id' is required", "input_array": "user_identifiers", "index": n})
        else:
            good.append(item)
    world.queue(partial(_identify, items=good, modes=modes))
    return _processed(len(good), errors, len(items))


def _identify(store: Store, *, items: list[Doc], modes: Modes) -> None:
    for item in items:
        wanted = people.external_id(item["external_id"], modes)
        assert wanted is not None
        subject = {k: v for k, v in item.items() if k != "external_id"}
        profile = people.by_identifier(store, subject, modes)
        if profile is None or profile.external_id is not None:
            continue
        target = store.by_external_id(wanted)
        if target is None:
            profile.doc["external_id"] = wanted
            store.save(profile)
        elif not _labels(profile) & _labels(target):  # a label that both have: nothing is combined
            merge(store, profile, target, modes)


def _labels(profile: Profile) -> set[str]:
    return {alias["alias_label"] for alias in profile.doc["user_aliases"]}


# -- merge and delete


def users_merge(world: World, call: Call) -> Answer:
    """POST /users/merge: 202, and later one profile less."""
    items = call.object().get("merge_updates")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise BadRequest("'merge_updates' must be an array of objects")
    if len(items) > MOST:
        raise BadRequest("a single request may not contain more than 50 merge updates")
    for item in items:
        if set(item) != {"identifier_to_merge", "identifier_to_keep"}:
            raise BadRequest("'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'")
        if not all(_is_identifier(identifier) for identifier in item.values()):
            raise BadRequest(
                "identifiers must be an object with an 'external_id', 'user_alias' or 'braze_id' property, or an "
                "'email' or 'phone' property with a 'prioritization' array"
            )
    world.queue(partial(_merge, items=items, modes=world.settings.braze.modes))
    return Answer(202, {"message": "success"}, objects=len(items))


def _is_identifier(identifier: Any) -> bool:
    if not isinstance(identifier, dict):
        return False
    kinds = [name for name in _IDENTIFIERS if name in identifier]
    if len(kinds) != 1 or set(identifier) - {kinds[0], "prioritization"}:
        return False
    if kinds[0] in ("email", "phone"):
        return _is_prioritization(identifier.get("prioritization"))
    return kinds[0] != "user_alias" or people.alias(identifier["user_alias"]) is not None


def _is_prioritization(order: Any) -> bool:
    rules = {"identified", "unidentified", "most_recently_updated", "least_recently_updated"}
    return isinstance(order, list) and bool(order) and set(map(str, order)) <= rules


def _merge(store: Store, *, items: list[Doc], modes: Modes) -> None:
    for item in items:
        source = people.by_identifier(store, item["identifier_to_merge"], modes)
        target = people.by_identifier(store, item["identifier_to_keep"], modes)
        if source is not None and target is not None and source.row != target.row:
            merge(store, source, target, modes)


def users_delete(world: World, call: Call) -> Answer:
    """POST /users/delete: `deleted` counts what was queued, whether it exists or not."""
    body = call.object()
    kinds = ("external_ids", "user_aliases", "braze_ids", "email_addresses", "phone_numbers")
    given = [name for name in kinds if body.get(name) is not None]
    if len(given) != 1:
        raise BadRequest(f"exactly one of {', '.join(kinds)} is required")
    (kind,) = given
    items: list[Any] = texts(body[kind], kind, MOST) if kind in ("external_ids", "braze_ids") else _objects(body, kind)
    if kind in ("email_addresses", "phone_numbers"):
        for item in items:
            if not _is_prioritization(item.get("prioritization")):
                raise BadRequest("'prioritization' is required")
    member = {"external_ids": "external_id", "braze_ids": "braze_id", "user_aliases": "user_alias"}.get(kind)
    identifiers = [{member: item} if member else item for item in items]
    world.queue(partial(_delete, identifiers=identifiers, modes=world.settings.braze.modes))
    return Answer(201, {"deleted": len(items), "message": "success"}, objects=len(items))


def _delete(store: Store, *, identifiers: list[Doc], modes: Modes) -> None:
    for identifier in identifiers:  # a deprecated external id deletes the living profile
        if profile := people.by_identifier(store, identifier, modes):
            store.remove(profile)


# -- external id migration


def rename(world: World, call: Call) -> Answer:
    """POST /users/external_ids/rename: the old id stays as a deprecated one."""
    items = _objects(call.object(), "external_id_renames")
    good: list[Doc] = []
    errors: list[list[Any]] = []
    for n, item in enumerate(items):
        if problem := _rename_problem(world.store, item.get("current_external_id"), item.get("new_external_id")):
            errors.append([n, problem])
        else:
            good.append(item)
    world.queue(partial(_rename, items=good))
    whole = world.settings.braze.modes.rename_external_ids == "objects"
    ids = good if whole else [item["new_external_id"] for item in good]
    return Answer(201, {"external_ids": ids, "rename_errors": errors, "message": "success"}, objects=len(items))


def _rename_problem(store: Store, current: Any, new: Any) -> str | None:
    if not isinstance(current, str) or not isinstance(new, str) or not current or not new:
        return "'current_external_id' and 'new_external_id' are required"
    if store.by_external_id(current) is None or store.is_deprecated(current):
        return "current_external_id is not a primary external_id"
    return "new_external_id is already in use" if store.by_external_id(new) else None


def _rename(store: Store, *, items: list[Doc]) -> None:
    for item in items:
        current, new = item["current_external_id"], item["new_external_id"]
        if _rename_problem(store, current, new) is None:  # another request may have come first
            profile = store.by_external_id(current)
            assert profile is not None
            profile.doc["external_id"] = new
            store.save(profile)
            store.deprecate(current, profile)


def remove_ids(world: World, call: Call) -> Answer:
    """POST /users/external_ids/remove: takes deprecated ids only."""
    ids = texts(call.object().get("external_ids"), "external_ids", MOST)
    good = [i for i in ids if world.store.is_deprecated(i)]
    errors = [[n, "external_id is not deprecated"] for n, i in enumerate(ids) if i not in good]

    def remove(store: Store) -> None:
        for external_id in good:
            store.drop_deprecated(external_id)

    world.queue(remove)
    return Answer(201, {"removed_ids": good, "removal_errors": errors, "message": "success"}, objects=len(ids))


def _pool(handler: Callable[[World, Call], Answer], permission: str) -> Endpoint:
    return Endpoint(handler, permission, "identity")


ENDPOINTS = {
    ("POST", "/users/alias/new"): _pool(alias_new, "users.alias.new"),
    ("POST", "/users/alias/update"): _pool(alias_update, "users.alias.update"),
    ("POST", "/users/identify"): _pool(identify, "users.identify"),
    ("POST", "/users/merge"): _pool(users_merge, "users.merge"),
    ("POST", "/users/delete"): _pool(users_delete, "users.delete"),
    ("POST", "/users/external_ids/rename"): Endpoint(rename, "users.external_ids.rename", "external_ids_rename"),
    ("POST", "/users/external_ids/remove"): Endpoint(remove_ids, "users.external_ids.remove", "external_ids_remove"),
}
