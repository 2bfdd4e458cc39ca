"""Starting and stopping the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from recon.errors import UsageError
from recon.sandbox.app import DROP, App
from recon.sandbox.client import Sandbox, running
from recon.sandbox.world import World

__all__ = ["Sandbox", "running", "serve"]

IDLE = 75  # seconds an idle connection is kept
_GRACE = 2  # seconds that open requests get at the end


class Protocol(H11Protocol):
    """HTTP/1.1 that lets the application drop the connection (a fault)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app = self.app

        async def with_drop(scope: Scope, receive: Receive, send: Send) -> None:
            scope[DROP] = self.transport.abort
            await app(scope, receive, send)

        self.app = with_drop


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGINT and SIGTERM by returning, where uvicorn would raise the signal once more."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
            self.should_exit = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve the world in `folder` until SIGINT, SIGTERM, or `stop` is set; `on_ready` gets the url.

    Port 0 takes a free one. Raises ConfigError for a bad sandbox.json, UsageError for a port that is taken.
    """
    listener = _listen(host, port)
    with contextlib.closing(listener):
        world = World(folder)
        url = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            App(world),
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=_GRACE,
        )
        server = _Server(config, lambda: on_ready(url) if on_ready else None)
        try:
            asyncio.run(_until(server, listener, stop))
        finally:
            world.close()


def _listen(host: str, port: int) -> socket.socket:
    # Named TCP outright: asyncio sets TCP_NODELAY only then, and without it every answer waits 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}", "choose another --port") from None
    return listener


async def _until(server: _Server, listener: socket.socket, stop: threading.Event | None) -> None:
    async def watch(event: threading.Event) -> None:
        while not event.is_set():
            await asyncio.sleep(0.1)
        server.should_exit = True

    watching = asyncio.create_task(watch(stop)) if stop else None
    await server.serve(sockets=[listener])
    if watching:
        watching.cancel()
