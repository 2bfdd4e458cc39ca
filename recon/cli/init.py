"""recon init, recon schema."""

from __future__ import annotations

from pathlib import Path

import click

from recon.cli import options, say


@click.command(short_help="Write a commented recon.yml and folders, to start from.")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
@options.output
def init(folder: Path, as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> None:
    """Write a commented recon.yml, .env.example and the folders, to start from."""
    from recon.config.starter import write

    written = [str(path) for path in write(folder)]
    if as_json:
        say.document({"written": written})
    elif not quiet:
        for path in written:
            click.echo(f"wrote {path}")
        click.echo("next: copy .env.example to .env, fill in the keys, then run `recon doctor`")


@click.command()
@options.output
def schema(as_json: bool, verbose: bool, quiet: bool, no_progress: bool, debug: bool) -> None:
    """Print the JSON Schema of recon.yml, for editors."""
    import json

    from recon.config.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
