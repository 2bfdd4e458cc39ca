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
    group_id: str
    status: str
    """subscribed or unsubscribed; any other word as Braze gave it, lower-cased."""
    name: str | None
    channel: str | None


def user_status(client: BrazeClient, external_ids: Iterable[str], *, threads: int = 8) -> Iterator[GroupState]:
    """The states of `external_ids` in every subscription group they have history in.

    Accepts both shapes that Braze's documentation and its answers show. Needs `subscription.groups.get`.
    """

    def read(batch: Sequence[str]) -> list[GroupState]:
        return _read(client, batch)

    for states in in_order(read, batches(external_ids, _IDS_PER_REQUEST, _MOST_ID_BYTES), threads):
        yield from states


def _read(client: BrazeClient, batch: Sequence[str]) -> list[GroupState]:
    states: list[GroupState] = []
    offset = 0
    while True:
        params = {"external_id[]": list(batch), "limit": _PAGE, "offset": offset}
        body = client.expect(client.get(_PATH, params), f"GET {_PATH}").body
        users = body.get("users")
        if users is None and isinstance(body.get("subscription_groups"), list):
            # The documented shape names no person, so ask for one at a time.
            if len(batch) > 1:
                return [state for external_id in batch for state in _read(client, [external_id])]
            return _states({**body, "external_id": batch[0]})
        if not isinstance(users, list):
            raise UnexpectedAnswer(f"Braze answered GET {_PATH} without a list of users")
        for user in users:
            states.extend(_states(user))
        offset += len(users)
        total = body.get("total_count")
        if not users or (offset >= total if isinstance(total, int) else len(users) < _PAGE):
            return states


def _states(user: Any) -> list[GroupState]:
    if not isinstance(user, dict) or not user.get("external_id"):
        return []  # a profile without external_id: nothing to join it to
    groups = user.get("subscription_groups")
    return [
        GroupState(
            external_id=str(user["external_id"]),
            group_id=str(group_id),
            status=str(group.get("status") or group.get("subscription_status") or "unknown").lower(),
            name=group.get("name"),
            channel=group.get("channel"),
        )
        for group in (groups if isinstance(groups, list) else [])
        if isinstance(group, dict) and (group_id := group.get("id") or group.get("subscription_group_id"))
    ]
