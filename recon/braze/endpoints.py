"""What each Braze endpoint needs: its rate pool, its permission, whether it writes (facts/braze-rest-api §1.3, §9)."""

from __future__ import annotations

from typing import NamedTuple


class Pool(NamedTuple):
    """A rate pool before Braze has answered: `limit` requests in every clock-aligned window of `seconds`."""

    limit: int
    seconds: int


POOLS = {
    "track": Pool(3_000, 3),
    "export_ids": Pool(250, 60),
    "identity": Pool(20_000, 60),
    "rename": Pool(1_000, 60),
    "remove": Pool(1_000, 60),
    "subscription_set": Pool(5_000, 60),
    "catalogue": Pool(1_000, 3_600),
    "shared": Pool(250_000, 3_600),
}


class Endpoint(NamedTuple):
    """`writes` is true where a request that got no answer may have changed something in Braze."""

    pool: str
    permission: str
    writes: bool = False


_ENDPOINTS = {
    "/users/track": Endpoint("track", "users.track", True),
    "/users/export/ids": Endpoint("export_ids", "users.export.ids"),
    "/users/export/segment": Endpoint("shared", "users.export.segment"),
    "/export/segment/cancel": Endpoint("shared", "segments.list"),
    "/users/alias/new": Endpoint("identity", "users.alias.new", True),
    "/users/alias/update": Endpoint("identity", "users.alias.update", True),
    "/users/identify": Endpoint("identity", "users.identify", True),
    "/users/merge": Endpoint("identity", "users.merge", True),
    "/users/delete": Endpoint("identity", "users.delete", True),
    "/users/external_ids/rename": Endpoint("rename", "users.external_ids.rename", True),
    "/users/external_ids/remove": Endpoint("remove", "users.external_ids.remove", True),
    "/subscription/status/set": Endpoint("subscription_set", "subscription.status.set", True),
    "/v2/subscription/status/set": Endpoint("subscription_set", "subscription.status.set", True),
    "/subscription/status/get": Endpoint("shared", "subscription.status.get"),
    "/subscription/user/status": Endpoint("shared", "subscription.groups.get"),
    "/segments/list": Endpoint("shared", "segments.list"),
    "/segments/details": Endpoint("shared", "segments.details"),
    "/custom_attributes": Endpoint("catalogue", "custom_attributes.get"),
}


def endpoint(path: str) -> Endpoint:
    """The endpoint of a path recon calls; KeyError for any other, so that none is called without its pool."""
    return _ENDPOINTS[path]
