"""recon sandbox: the local Braze and Segment."""

from __future__ import annotations

from pathlib import Path

import click

from recon.cli import options, say


@click.group(short_help="A local Braze and Segment to try recon on.")
def sandbox() -> None:
    """A local Braze and Segment to try recon on, as strict as the real ones."""


@sandbox.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--profiles", type=click.IntRange(min=1), default=20_000, show_default=True, help="People in Segment.")
@click.option("--seed", type=int, default=7, show_default=True, help="Another number, another base.")
@click.option("--port", type=click.IntRange(1, 65535), default=8787, show_default=True, help="Where it will be served.")
@options.output
def seed(
    folder: Path,
    profiles: int,
    seed: int,
    port: int,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,
) -> None:
    """Write both sides, with known drift between them, and truth.json with what recon must find."""
    extra_is_there()
    from dataclasses import asdict

    from recon.sandbox.seed import seed as write

    truth = write(folder, profiles=profiles, seed=seed, base_url=f"http://127.0.0.1:{port}")
    if as_json:
        say.document(asdict(truth))
    elif not quiet:
        click.echo(
            f"wrote {folder}: {truth.profiles.segment:,} people, {truth.attributes.drifted_cells:,} drifted cells"
        )
        click.echo(
            f"next: `recon sandbox serve {folder} --port {port}`, then `recon run -c {folder}/recon.yml` beside it"
        )


@sandbox.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0 takes a free one.")
@options.output
def serve(folder: Path, port: int, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> None:
    """Serve a seeded folder on this machine until Ctrl-C."""
    extra_is_there()
    from recon.sandbox.server import serve as run

    def ready(url: str) -> None:
        if as_json:
            say.document({"url": url})
        elif not quiet:
            click.echo(f"serving {folder} at {url}")

    run(folder, port=port, on_ready=ready)


def extra_is_there() -> None:
    """UsageError where the packages of the extra `sandbox` are not installed.

    It names them, and not `recon[sandbox]`: from a package index that name may fetch somebody else's program.
    """
    import importlib.util
    import sys

    from recon.errors import UsageError

    if any(importlib.util.find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise UsageError(
            "the sandbox needs packages that are not installed",
            f"Run: {sys.executable} -m pip install starlette uvicorn",
        )
