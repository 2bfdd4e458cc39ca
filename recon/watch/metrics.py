"""Prometheus metrics of a night, for the textfile collector of node_exporter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from recon.watch.night import Night

_WELL = "recon_events_last_success_timestamp_seconds"
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
    _write(_registry(night), path)


def write_errand(ended: Night, step: str, path: Path) -> None:
    """Writes the metrics of an errand into a file of its own beside `path`, where those of the nights are: neither
    hides the other. When it last went well is taken from the file that was there. Raises OSError."""
    own = path.with_name(f"{path.stem}_{step}.prom")
    _write(_errand_registry(ended, step, ended.well_at.timestamp() if ended.well_at else _well_before(own)), own)


def _write(registry: CollectorRegistry, path: Path) -> None:
    write_to_textfile(str(path), registry)
    path.chmod(0o644)  # node_exporter runs as somebody else, and there is nothing in it to hide


def _errand_registry(ended: Night, step: str, well_at: float | None) -> CollectorRegistry:
    registry = CollectorRegistry()

    def tell(name: str, text: str, values: Mapping[str, float] | float) -> None:
        by_fate = isinstance(values, Mapping)
        gauge = Gauge(name, text, ["workspace", "command", *(["fate"] if by_fate else [])], registry=registry)
        for fate, value in values.items() if isinstance(values, Mapping) else [("", values)]:
            gauge.labels(ended.workspace, step, *([fate] if by_fate else [])).set(value)

    tell("recon_events_last_run_timestamp_seconds", "When the command last ended.", ended.ended_at.timestamp())
    if well_at:
        tell(_WELL, "When the command last ended with exit code 0.", well_at)
    tell("recon_events_exit_code", "Exit code of the command when it last ran.", ended.exit_code)
    tell("recon_events_duration_seconds", "How long the command took when it last ran.", ended.seconds[step])
    if "events" in ended.counts:
        tell("recon_events", "Events when the command last ran, by what became of them.", ended.counts["events"])
    return registry


def _well_before(path: Path) -> float | None:
    try:
        families = list(text_string_to_metric_families(path.read_text()))
    except (OSError, ValueError):
        return None
    return next((sample.value for family in families for sample in family.samples if sample.name == _WELL), None)


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
