"""The steps of a run, in their order, and how to go on at each."""

from __future__ import annotations

STEPS = ("pull", "load", "gates", "drift", "plan", "apply", "verify", "send_events", "forward")


def go_on(run: str, at: str | None) -> str:
    """The command that goes on with a run that was cut off at the step `at`."""
    if at is None or at == "pull":
        return "recon run"
    commands = {
        "gates": f"recon run --run {run} --from load",
        "apply": "recon apply --resume",
        "verify": f"recon verify --run {run}",
        "send_events": f"recon send-events --run {run}",
        "forward": "recon forward",
    }
    return commands.get(at, f"recon run --run {run} --from {at}")
