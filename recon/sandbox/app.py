"""The ASGI application: every request passes faults, the log, and for Braze auth, permission and rate pool."""

from __future__ import annotations

import asyncio
import http
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from recon.sandbox import braze, export, identity, segment, storage
from recon.sandbox.control import Control
from recon.sandbox.faults import Fault
from recon.sandbox.requestlog import SMALL
from recon.sandbox.settings import Key
from recon.sandbox.wire import MEGABYTE, Answer, BadRequest, Call, Endpoint
from recon.sandbox.world import World

ENDPOINTS: dict[tuple[str, str], Endpoint] = {**braze.ENDPOINTS, **export.ENDPOINTS, **identity.ENDPOINTS}
LARGEST = 4 * MEGABYTE
STORAGE = "/storage/"
CONTROL = "/_sandbox/"
DROP = "recon.drop"
"""Scope member: a function that closes the connection at once (server.Protocol puts it there)."""


class App:
    """One world behind HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        call = await _read(scope, receive)
        fault = self._world.faults.firing(call.path)
        request_id = str(uuid.uuid4())
        started = time.perf_counter()
        key, answer, response = None, None, None
        if fault is None or fault.applied or fault.kind not in ("status", "hang", "drop"):
            key, answer, response = self._answer(call, fault)
        objects = answer.objects if answer else 0
        if fault is not None and fault.kind == "status":
            answer, response = _refusal(fault, self._pool_headers(call, empty=fault.status == 429)), None
        silent = fault is not None and fault.kind in ("hang", "drop")
        status = 0 if silent else answer.status if answer else response.status_code if response else 0
        self._note(call, status, request_id, key, objects, fault)
        if silent:
            assert fault is not None
            if fault.kind == "hang":
                await _until_gone(receive, fault.seconds)
            await _drop(scope)
            return
        if answer is not None:
            if call.path != segment.PATH:
                answer.headers |= {"X-Request-Id": request_id, "X-Runtime": f"{time.perf_counter() - started:.6f}"}
            response = _rendered(answer, fault)
        assert response is not None
        if fault is not None and fault.kind in ("cut", "half"):
            send = _Half(scope, send, fault.kind)
        await response(scope, receive, send)

    def _answer(self, call: Call, fault: Fault | None) -> tuple[Key | None, Answer | None, Response | None]:
        """(key, answer, None), or for storage (None, None, response)."""
        if call.path.startswith(STORAGE):
            return None, None, storage.respond(self._world, call, fault.kind if fault else None)
        if call.path == segment.PATH and call.method == "POST":
            return None, segment.batch(self._world, call), None
        key, answer = self._braze(call)
        answer.headers |= self._pool_headers(call)
        return key, answer, None

    def _braze(self, call: Call) -> tuple[Key | None, Answer]:
        endpoint = ENDPOINTS.get((call.method, call.path))
        if endpoint is None:
            return None, Answer(404, {"message": "Invalid URL"})
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        key = self._world.keys.get(token) if scheme == "Bearer" else None
        if key is None:
            # Braze echoes the key: clients must keep it out of their logs.
            return None, Answer(401, {"message": f"Invalid API key: {token}"})
        if endpoint.permission not in key.permissions:
            return key, Answer(403, {"message": "Access Denied"})
        if not self._world.limits.pool(endpoint.pool).take(call.now):
            return key, Answer(429, {"message": "Rate limit exceeded"})
        if len(call.body) > LARGEST:
            return key, Answer(413, {"message": "Request entity too large"})
        if call.method == "POST" and not _is_json(call):
            return key, Answer(415, {"message": "Content-Type must be application/json"})
        try:
            return key, endpoint.handler(self._world, call)
        except BadRequest as error:
            return key, Answer(400, {"message": str(error)})

    def _pool_headers(self, call: Call, *, empty: bool = False) -> dict[str, str]:
        if call.path == segment.PATH or call.path.startswith(STORAGE):
            return {}
        endpoint = ENDPOINTS.get((call.method, call.path))
        pool = self._world.limits.pool(endpoint.pool if endpoint else "general")
        return pool.headers(call.now, empty=empty)

    def _note(
        self, call: Call, status: int, request_id: str, key: Key | None, objects: int, fault: Fault | None
    ) -> None:
        kept = len(call.body) <= SMALL or self._world.settings.braze.modes.log_bodies
        query = "&".join(f"{name}={value}" for name, value in call.query)
        whom = (request_id, key.name if key else None, objects, len(call.body), fault.kind if fault else None)
        self._world.log.note(
            (call.now, call.method, call.path, query, status, *whom, call.body if kept and call.body else None)
        )


async def _read(scope: Scope, receive: Receive) -> Call:
    """The whole request; of a body that is too large only as much as shows it."""
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk, more = message.get("body", b""), message.get("more_body", False)
        if size <= LARGEST:
            chunks.append(chunk)
            size += len(chunk)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True) if scope["query_string"] else []
    base = f"{scope['scheme']}://{headers.get('host', '127.0.0.1')}"
    return Call(scope["method"], scope["path"], query, headers, b"".join(chunks), base, time.time())


def _is_json(call: Call) -> bool:
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _refusal(fault: Fault, pool_headers: dict[str, str]) -> Answer:
    try:
        phrase = http.HTTPStatus(fault.status).phrase
    except ValueError:
        phrase = "Error"
    headers = dict(pool_headers) if fault.headers else {}
    if fault.retry_after is not None:
        headers["Retry-After"] = f"{fault.retry_after:g}"
    return Answer(fault.status, {"message": phrase} if fault.body is None else fault.body, headers)


def _rendered(answer: Answer, fault: Fault | None) -> Response:
    body: Any = answer.body
    kind = fault.kind if fault else None
    if kind == "error_strings" and isinstance(body, dict) and "errors" in body:
        body = {**body, "errors": [error["type"] for error in body["errors"]]}
    content = orjson.dumps(body)
    if kind == "broken_json":
        content = content[: len(content) // 2]
    return Response(content, answer.status, answer.headers, "application/json")


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the caller gives up, `seconds` at most."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


async def _drop(scope: Scope) -> None:
    scope[DROP]()
    # Let the transport tell uvicorn that the peer is gone, else it answers 500 for us.
    await asyncio.sleep(0.01)


class _Half:
    """A `send` that lets half of the body through: then drops the connection ("cut") or ends as if whole ("half")."""

    def __init__(self, scope: Scope, send: Send, kind: str) -> None:
        self._scope = scope
        self._send = send
        self._kind = kind
        self._left = 0
        self._over = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            self._left = int(headers.get("content-length", "0")) // 2
            if self._kind == "half":
                headers["content-length"] = str(self._left)
            await self._send({**message, "headers": headers.raw})
            return
        if self._over:
            return
        body = message.get("body", b"")[: self._left]
        self._left -= len(body)
        self._over = self._left == 0
        await self._send({**message, "body": body, "more_body": not (self._over and self._kind == "half")})
        if self._over and self._kind == "cut":
            await asyncio.sleep(0.05)  # what was written should arrive before the connection goes
            await _drop(self._scope)
