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


def reader(config: Config, rates: RatePools, stop: threading.Event, *, attempts: int = 6) -> BrazeClient:
    """The client with the read key; `attempts` is how often one call is tried."""
    return _client(config, "read_key", rates, stop, attempts)


def writer(config: Config, rates: RatePools, stop: threading.Event, *, attempts: int = 6) -> BrazeClient:
    """The client with the write key: only `apply` writes with one."""
    return _client(config, "write_key", rates, stop, attempts)


def _client(config: Config, name: str, rates: RatePools, stop: threading.Event, attempts: int) -> BrazeClient:
    key = getattr(config.braze, name).get_secret_value()
    return BrazeClient(
        config.braze.url, key, rates, setting=f"braze.{name}", connections=CONNECTIONS, attempts=attempts, stop=stop
    )
