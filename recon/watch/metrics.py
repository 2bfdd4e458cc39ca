"""Prometheus metrics of a night, for the textfile collector of node_exporter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from recon.watch.night import Night

_SINGLE = {
    "to_repair": ("recon_to_repair", "Values in Braze that the last run found wrong and may repair."),
    "events_forwarded": ("recon_events_forwarded", "Engagement events that the last run sent to Segment."),
    "events_sent": ("recon_events_sent", "Track calls of Segment that the last run sent to Braze as events."),
    "gates_failed": ("recon_gates_failed", "Quality gates that the last run did not pass, of the inputs and the plan."),
    "lines_quarantined": ("recon_lines_quarantined", "Lines of the inputs that the last run could not read."),
}
_BY_LABEL = {
    "profiles": ("recon_profiles", "Profiles on each side, and how they pair.", "group"),
    "drifted_cells": ("recon_drifted_cells", "Values that differ between Segment and Braze, by cause.", "cause"),
    "states": ("recon_corrections", "Corrections of the last delivery, by what became of them.", "state"),
    "withheld": ("recon_withheld", "Corrections that wait for a person, by class.", "class"),
    "opt_outs": ("recon_opt_outs", "Opt-outs of the newest plan: waiting for Braze, or pushed to it.", "state"),
}


def write(night: Night, path: Path) -> None:
    """Writes the metrics of `night` to `path`; a reader sees the old file or the new one. Raises OSError."""
    write_to_textfile(str(path), _registry(night))
    path.chmod(0o644)  # node_exporter runs as somebody else, and there is nothing in it to hide


def _registry(night: Night) -> CollectorRegistry:
    registry = CollectorRegistry()

    def tell(name: str, text: str, values: Mapping[str, float] | float, label: str | None = None) -> None:
        gauge = Gauge(name, text, ["workspace", *([label] if label else [])], registry=registry)
        by_label: Mapping[str, float] = values if isinstance(values, Mapping) else {"": values}
        for key, value in by_label.items():
            gauge.labels(night.workspace, *([key] if label else [])).set(value)

    started, ended = night.started_at.timestamp(), night.ended_at.timestamp()
    tell("recon_last_run_timestamp_seconds", "When the last run ended, whatever its end.", ended)
    tell("recon_last_run_started_timestamp_seconds", "When the last run began.", started)
    if night.well_at:
        text = "When a run last ended well: exit code 0, or 4 (something waits for a person)."
        tell("recon_last_success_timestamp_seconds", text, night.well_at.timestamp())
    tell("recon_exit_code", "Exit code of the last run.", night.exit_code)
    tell("recon_step_duration_seconds", "How long each step of the last run took.", night.seconds, "step")
    counts: Mapping[str, Any] = night.counts
    for key, (name, text) in _SINGLE.items():
        if key in counts:
            tell(name, text, counts[key])
    for key, (name, text, label) in _BY_LABEL.items():
        if key in counts:
            tell(name, text, counts[key], label)
    return registry
