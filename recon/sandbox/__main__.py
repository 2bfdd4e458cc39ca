"""`python -m recon.sandbox FOLDER [--port N]`: serve, say the url on stdout, end on a signal.

With `--until-eof` it also ends when its stdin does, so that it never outlives who started it.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path

from recon.errors import ReconError
from recon.sandbox.client import READY


def _await_eof(stop: threading.Event) -> None:
    # Not sys.stdin: its lock would be held when the interpreter ends.
    while os.read(0, 4096):
        pass
    stop.set()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m recon.sandbox", description="Serve a local Braze + Segment.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--until-eof", action="store_true", help="end when stdin ends")
    arguments = parser.parse_args()
    stop = threading.Event()
    if arguments.until_eof:
        threading.Thread(target=_await_eof, args=(stop,), daemon=True).start()

    def say(url: str) -> None:
        sys.stdout.write(f"{READY}{url}\n")
        sys.stdout.flush()

    from recon.sandbox.server import serve

    try:
        serve(arguments.folder, port=arguments.port, on_ready=say, stop=stop)
    except ReconError as error:
        sys.stderr.write(f"{error.what}\n{error.remedy}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
