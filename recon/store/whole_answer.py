"""An HTTP adapter whose read timeout is that of the whole answer.

requests and urllib3 start their read timeout anew with every byte that comes, so a server that sends one now and then
holds a thread for as long as it likes. Here the answer must have come within that time from its first byte to its last.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ReadTimeoutError
from urllib3.poolmanager import PoolManager


class WholeAnswer(HTTPAdapter):
    """As HTTPAdapter, for answers that are small: `send` returns when the body is there, and raises ReadTimeout if
    that takes longer than the read timeout."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager: PoolManager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        response = super().send(request, *given, **named)
        try:
            response.content  # noqa: B018 - reads it
        except requests.ConnectionError as error:
            if any(isinstance(cause, ReadTimeoutError) for cause in error.args):
                raise requests.ReadTimeout(*error.args, request=request) from error
            raise
        return response


class _Bounded(io.RawIOBase):
    """What comes in at a socket, until its timeout, counted from now, is over."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._bytes = connected.makefile("rb", buffering=0)
        seconds = connected.gettimeout()
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer did not end in time")
            self._socket.settimeout(left)  # the next request sets it anew
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, connected: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(connected, *given, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Bounded(connected))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}
