"""Subscription group states: no export has them (facts/braze-rest-api §5.2, GET /subscription/user/status)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from recon.braze.client import BrazeClient
from recon.braze.errors import UnexpectedAnswer
from recon.braze.parallel import batches, in_order

_PATH = "/subscription/user/status"
_IDS_PER_REQUEST = 50
_PAGE = 100
# Ids travel in the url, where each byte may become three; proxies commonly refuse lines above 8 KB.
_MOST_ID_BYTES = 1_800


@dataclass(frozen=True, slots=True)
class GroupState:
    """One person's state in one subscription group. Braze lists only groups with history: absent means unknown."""

    external_id: str
    """Empty for a profile without one, which only `address_status` gives."""
    group_id: str
    status: str
    """subscribed or unsubscribed; any other word as Braze gave it, lower-cased."""
    name: str | None
    channel: str | None


def user_status(client: BrazeClient, external_ids: Iterable[str], *, threads: int = 8) -> Iterator[GroupState]:
    """The states of `external_ids` in every subscription group they have history in.

    Accepts both shapes that Braze's documentation and its answers show. Needs `subscription.groups.get`.
    """
    for user in _users(client, "external_id", external_ids, threads):
        if user.get("external_id"):  # else there is nothing to join it to
            yield from _states(user)


def address_status(
    client: BrazeClient, kind: str, addresses: Iterable[str], *, threads: int = 8
) -> Iterator[tuple[str, GroupState]]:
    """The states of every profile with one of the addresses, each with that address as Braze holds it; `kind` is
    `email` or `phone`. Needs `subscription.groups.get`."""
    for user in _users(client, kind, addresses, threads):
        if user.get(kind):
            yield from ((str(user[kind]), state) for state in _states(user))


def _users(client: BrazeClient, by: str, wanted: Iterable[str], threads: int) -> Iterator[dict[str, Any]]:
    def read(batch: Sequence[str]) -> list[dict[str, Any]]:
        return _read(client, by, batch)

    for users in in_order(read, batches(wanted, _IDS_PER_REQUEST, _MOST_ID_BYTES), threads):
        yield from users


def _read(client: BrazeClient, by: str, batch: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    offset = 0
    while True:
        params = {f"{by}[]": list(batch), "limit": _PAGE, "offset": offset}
        body = client.expect(client.get(_PATH, params), f"GET {_PATH}").body
        users = body.get("users")
        if users is None and isinstance(body.get("subscription_groups"), list):
            # The documented shape names no person, so ask for one at a time.
            if len(batch) > 1:
                return [user for each in batch for user in _read(client, by, [each])]
            return [{**body, by: batch[0]}]
        if not isinstance(users, list):
            raise UnexpectedAnswer(f"Braze answered GET {_PATH} without a list of users")
        found += [user for user in users if isinstance(user, dict)]
        offset += len(users)
        total = body.get("total_count")
        if not users or (offset >= total if isinstance(total, int) else len(users) < _PAGE):
            return found


def _states(user: dict[str, Any]) -> list[GroupState]:
    groups = user.get("subscription_groups")
    return [
        GroupState(
            external_id=str(user.get("external_id") or ""),
            group_id=str(group_id),
            status=str(group.get("status") or group.get("subscription_status") or "unknown").lower(),
            name=group.get("name"),
            channel=group.get("channel"),
        )
        for group in (groups if isinstance(groups, list) else [])
        if isinstance(group, dict) and (group_id := group.get("id") or group.get("subscription_group_id"))
    ]
