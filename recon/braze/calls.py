"""How objects travel to each endpoint that writes profiles: path, array, batch size, and whether it may be repeated."""

from __future__ import annotations

from typing import NamedTuple


class Call(NamedTuple):
    """One way of writing. `array` is the request's member that holds the objects."""

    path: str
    array: str
    most: int
    """Objects in one request (facts/braze-rest-api §9); recon.yml may lower that of /users/track."""
    converges: bool
    """Doing it twice is as good as once, so it is repeated freely where an answer is missing (facts §1.7)."""
    blames: tuple[str, ...] = ()
    """What errors call the array: where not as the request does, as the facts have it (§1.5)."""
    counter: str | None = None
    """The member of the answer that counts what was queued."""


TRACK = Call("/users/track", "attributes", 75, True, ("attributes",), "attributes_processed")
EVENTS = Call("/users/track", "events", 75, False, ("events",), "events_processed")
PURCHASES = Call("/users/track", "purchases", 75, False, ("purchases",), "purchases_processed")

CALLS = {
    "alias": Call("/users/alias/new", "user_aliases", 50, True, ("user_aliases",), "aliases_processed"),
    "identify": Call("/users/identify", "aliases_to_identify", 50, False, ("user_identifiers",), "aliases_processed"),
    "rename": Call("/users/external_ids/rename", "external_id_renames", 50, False, ("external_id_renames",)),
    "merge": Call("/users/merge", "merge_updates", 50, False, ("merge_updates",)),
    "delete": Call("/users/delete", "external_ids", 50, False, ("external_ids",), "deleted"),
}
"""By class of correction; every other class travels with TRACK."""
