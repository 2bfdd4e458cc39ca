"""Reads chosen profiles back (facts/braze-rest-api §3.1, POST /users/export/ids)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson

from recon.braze.answers import Answer
from recon.braze.client import BrazeClient
from recon.braze.errors import UnexpectedAnswer
from recon.braze.fields import checked
from recon.braze.parallel import batches, in_order

_PATH = "/users/export/ids"
IDS_PER_REQUEST = 50


def read_profiles(
    client: BrazeClient,
    external_ids: Iterable[str],
    fields: Sequence[str],
    *,
    threads: int = 8,
    on_unknown: Callable[[list[str]], None] | None = None,
) -> Iterator[bytes]:
    """The profiles of `external_ids` as Braze exports them, one JSON object each, without line end; in no set order.

    `fields` as in `fields.EXPORTABLE`; `custom_attributes` gives all of them, for this endpoint cannot choose.
    `external_id` is always asked for. Ids that match nobody are given to `on_unknown`, a batch at a time, on the
    caller's thread. Needs `users.export.ids`.
    """
    wanted = checked(["external_id", *fields])

    def read(batch: Sequence[str]) -> tuple[list[bytes], list[str]]:
        answer, users = _users(client, {"external_ids": batch, "fields_to_export": wanted})
        # Not told by what came back: a deprecated id still resolves, to a profile of another id (trap 23).
        invalid = answer.body.get("invalid_user_ids")
        named = set(map(str, invalid)) if isinstance(invalid, list) else set()
        unknown = [external_id for external_id in batch if external_id in named]
        return [orjson.dumps(user) for user in users], unknown

    for users, unknown in in_order(read, batches(external_ids, IDS_PER_REQUEST), threads):
        if unknown and on_unknown is not None:
            on_unknown(unknown)
        yield from users


def read_by_alias(
    client: BrazeClient, aliases: Iterable[tuple[str, str]], fields: Sequence[str], *, threads: int = 8
) -> Iterator[dict[str, Any]]:
    """The profiles of `aliases` (label, name), in no set order. Each has `user_aliases`, by which to tell whose it is,
    and `external_id` if it has one; how Braze reports an alias that matches nobody is not known (facts §3.1)."""
    wanted = checked(["external_id", "user_aliases", *fields])
    pairs = list(dict.fromkeys(aliases))

    def read(batch: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        asked = [{"alias_label": label, "alias_name": name} for label, name in batch]
        return _users(client, {"user_aliases": asked, "fields_to_export": wanted})[1]

    parts = [pairs[first : first + IDS_PER_REQUEST] for first in range(0, len(pairs), IDS_PER_REQUEST)]
    for users in in_order(read, parts, threads):
        yield from users


def _users(client: BrazeClient, body: dict[str, Any]) -> tuple[Answer, list[dict[str, Any]]]:
    answer = client.expect(client.post(_PATH, body, repeatable=True), f"POST {_PATH}")
    users = answer.body.get("users")
    if not isinstance(users, list) or not all(isinstance(user, dict) for user in users):
        raise UnexpectedAnswer(f"Braze answered POST {_PATH} without a list of users")
    return answer, users
