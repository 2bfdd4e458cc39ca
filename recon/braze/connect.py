"""Braze clients as recon.yml configures them."""

from __future__ import annotations

import threading

from recon.braze.client import BrazeClient
from recon.braze.rates import RatePools
from recon.config.models import Config

CONNECTIONS = 16
"""Enough to fill Braze's 1,000 requests/s at 15 ms; more only help against latency (design §11)."""

_POOL = {"track_per_3s": "track", "export_ids_per_minute": "export_ids"}


def pools(config: Config) -> RatePools:
    """The workspace's rate pools; make them once per process, for limits are per workspace.

    A limit that recon.yml states is a ceiling; any other is what Braze's answers say (facts/braze-rest-api §1.6).
    """
    limits = config.braze.limits
    stated = {pool: getattr(limits, name) for name, pool in _POOL.items() if name in limits.model_fields_set}
    return RatePools(stated, reserve=limits.reserve)


def reader(config: Config, rates: RatePools, stop: threading.Event) -> BrazeClient:
    """The client with the read key."""
    return BrazeClient(
        config.braze.url,
        config.braze.read_key.get_secret_value(),
        rates,
        setting="braze.read_key",
        connections=CONNECTIONS,
        stop=stop,
    )


def writer(config: Config, rates: RatePools, stop: threading.Event) -> BrazeClient:
    """The client with the write key: only `apply` makes one."""
    return BrazeClient(
        config.braze.url,
        config.braze.write_key.get_secret_value(),
        rates,
        setting="braze.write_key",
        connections=CONNECTIONS,
        stop=stop,
    )
