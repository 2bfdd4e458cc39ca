"""The storage behind an export's url: 403 until ready, 200 for four hours, 403 again (facts/braze-rest-api §3.2)."""

from __future__ import annotations

import time

from starlette.responses import FileResponse, Response

from recon.sandbox.wire import Call
from recon.sandbox.world import World


def respond(world: World, call: Call, fault: str | None) -> Response:
    """The archive (Range, If-Range and ETag as storages do), or the storage's XML refusal."""
    job = world.exports.by_file(call.path.rpartition("/")[2])
    if call.method not in ("GET", "HEAD"):
        return _refused("MethodNotAllowed", 405)
    if job is None or job.ready_at is None or fault == "never_ready":
        return _refused("AccessDenied")
    if fault == "expired" or time.time() - job.ready_at > world.settings.braze.modes.export_link_seconds:
        return _refused("ExpiredToken")
    path = world.exports.path(job)
    return FileResponse(path, media_type="application/zip", stat_result=path.stat())


def _refused(code: str, status: int = 403) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return Response(body, status, media_type="application/xml")
