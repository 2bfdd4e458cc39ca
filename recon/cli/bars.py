"""Progress bars on the terminal: what, how far, how fast, how long still."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from recon.cli import logs
from recon.store.progress import Progress, Silent


def bars(*, wanted: bool) -> Progress:
    """Bars on stderr if that is a terminal and they are wanted; else nothing."""
    return _Bars() if wanted and sys.stderr.isatty() and not logs.json_lines() else Silent()


class _Bars:
    @contextmanager
    def bar(
        self, what: str, total: int | None, unit: str, beside: Callable[[], str] | None = None
    ) -> Iterator[Callable[[int], None]]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            Task,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.text import Text

        class Rate(ProgressColumn):
            def render(self, task: Task) -> Text:
                return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "", no_wrap=True)

        class Beside(ProgressColumn):
            def render(self, task: Task) -> Text:
                return Text(beside() if beside else "", no_wrap=True)

        counted = (DownloadColumn(), TransferSpeedColumn()) if unit == "bytes" else (MofNCompleteColumn(), Rate())
        columns: list[ProgressColumn]
        if beside:  # as narrow as it can be, for what stands beside takes its room
            columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(8), *counted, Beside()]
        else:
            columns = [SpinnerColumn(), TextColumn("{task.description:<22}"), BarColumn(24), *counted]
            columns.append(TimeElapsedColumn())
        columns.append(TimeRemainingColumn(elapsed_when_finished=False))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda count: progress.advance(task, count)
