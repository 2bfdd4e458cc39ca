"""The control surface under /_sandbox/: what tests and the demo ask the sandbox itself. Loopback only, no auth."""

from __future__ import annotations

import asyncio
import concurrent.futures
import ipaddress
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from recon.sandbox.store import Doc, Store
from recon.sandbox.world import World

_CHUNK = 500
_PATIENCE = 60  # seconds for adding profiles


class Control:
    """A small application of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._app = Starlette(
            routes=[
                Route("/_sandbox/requests", self.requests, methods=["GET", "DELETE"]),
                Route("/_sandbox/profile", self.profile),
                Route("/_sandbox/profiles", self.profiles, methods=["GET", "POST"]),
                Route("/_sandbox/settle", self.settle, methods=["POST"]),
                Route("/_sandbox/faults", self.faults, methods=["GET", "POST", "DELETE"]),
                Route("/_sandbox/events", self.events),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        local = client is not None and ipaddress.ip_address(client[0]).is_loopback
        from_page = any(name == b"origin" for name, _ in scope["headers"])  # a web page in a browser on this machine
        if not local or from_page:
            await _json({"message": "The control surface answers programs on this machine only"}, 403)(
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)

    async def requests(self, request: Request) -> Response:
        """GET ?path=PATTERN&after=N: the log as JSON Lines; DELETE empties it."""
        if request.method == "DELETE":
            self._world.log.clear()
            return _json({})
        path, after = request.query_params.get("path"), int(request.query_params.get("after", 0))
        return _lines(orjson.dumps(row) for row in self._world.log.requests(path, after))

    async def events(self, request: Request) -> Response:
        """GET ?after=N: what Segment received, as JSON Lines."""
        return _lines(orjson.dumps(row) for row in self._world.log.events(int(request.query_params.get("after", 0))))

    async def profile(self, request: Request) -> Response:
        """GET ?external_id= or ?braze_id=: one profile as stored, 404 if there is none."""
        asked = request.query_params
        if "external_id" in asked:
            found = self._world.store.by_external_id(asked["external_id"])
        else:
            found = self._world.store.by_braze_id(asked.get("braze_id", ""))
        return _json(found.doc) if found else _json({"message": "no such profile"}, 404)

    async def profiles(self, request: Request) -> Response:
        """GET: all profiles as stored, JSON Lines. POST a list: adds profiles at once, past every queue."""
        if request.method == "GET":
            return _lines(doc for page in self._world.store.pages(_CHUNK) for _, doc in page)
        docs: list[Doc] = orjson.loads(await request.body())
        done: concurrent.futures.Future[None] = concurrent.futures.Future()

        def add(store: Store) -> None:
            try:
                for doc in docs:
                    store.add(doc)
            except (sqlite3.Error, KeyError, TypeError) as error:
                done.set_exception(error)
                raise

        def added() -> None:
            if not done.done():
                done.set_result(None)

        self._world.applier.submit(add, 0, added)
        try:
            await asyncio.wait_for(asyncio.wrap_future(done), _PATIENCE)
        except (sqlite3.Error, KeyError, TypeError) as error:
            return _json({"message": f"not added: {error!r}"}, 400)
        except TimeoutError:
            return _json({"message": f"not added within {_PATIENCE} s yet: send fewer at once"}, 503)
        return _json({"added": len(docs)})

    async def settle(self, request: Request) -> Response:
        """POST ?timeout=SECONDS: answers once nothing waits to be applied; `waiting` is what is left at the end."""
        end = time.monotonic() + float(request.query_params.get("timeout", 60))
        while (waiting := self._world.applier.waiting) and time.monotonic() < end:
            await asyncio.sleep(0.005)
        return _json({"waiting": waiting})

    async def faults(self, request: Request) -> Response:
        """GET lists, POST adds one (faults.Fault), DELETE clears."""
        if request.method == "DELETE":
            self._world.faults.clear()
        elif request.method == "POST":
            try:
                self._world.faults.add(orjson.loads(await request.body()))
            except (ValueError, TypeError) as error:
                return _json({"message": str(error)}, 400)
        return _json(self._world.faults.listed())


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _lines(rows: Iterable[bytes]) -> Response:
    async def chunks(feed: Iterator[bytes]) -> AsyncIterator[bytes]:
        while chunk := list(islice(feed, _CHUNK)):
            yield b"\n".join(chunk) + b"\n"

    return StreamingResponse(chunks(iter(rows)), media_type="application/x-ndjson")
