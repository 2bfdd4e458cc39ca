"""How a command that only moves events ended: `recon forward` or `recon send-events` by itself, outside a night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from recon.store.job import Work
from recon.watch.night import BUG, MEANING, Night

STEPS = {"recon forward": "forward", "recon send-events": "send_events"}
FATES = ("read", "sent", "duplicates", "filtered", "quarantined", "rejected", "unknown")
_SENT = {"forward": "events_forwarded", "send_events": "events_sent"}


def errand(
    work: Work, command: str, started_at: datetime, document: Mapping[str, Any], exit_code: int, *, failed: bool
) -> Night:
    """What is told of `command`, of which `document` is what the step said, empty if it broke off."""
    step, ended_at = STEPS[command], datetime.now(UTC)
    counts: dict[str, Any] = {}
    if "sent" in document:
        counts = {_SENT[step]: document["sent"], "events": {fate: document[fate] for fate in FATES if fate in document}}
    outcome = "failed" if failed else "partly_delivered" if exit_code else "delivered"
    return Night(
        workspace=work.config.workspace,
        run=None,
        command=command,
        exit_code=exit_code,
        outcome=outcome,
        sentence=_failure(exit_code) if failed else _sentence(step, document),
        started_at=started_at.replace(microsecond=0),
        ended_at=ended_at.replace(microsecond=0),
        well_at=None if exit_code else ended_at,
        seconds={step: round((ended_at - started_at).total_seconds(), 3)},
        counts=counts,
        report=None,
    )


def _sentence(step: str, document: Mapping[str, Any]) -> str:
    told = [f"{document['sent']:,} events were sent to {'Segment' if step == 'forward' else 'Braze'}."]
    if document["quarantined"]:
        told.append(f"{document['quarantined']:,} could not be used.")
    if document.get("rejected"):
        told.append(f"Braze rejected {document['rejected']:,}.")
    if document.get("unknown"):
        told.append(f"Of {document['unknown']:,} nobody can tell whether they arrived; they are not sent again.")
    return " ".join(told)


def _failure(exit_code: int) -> str:
    """What went wrong, without the error's own words: they may name a file, or people's ids."""
    return f"It stopped: {MEANING.get(exit_code, BUG)}. What was answered by then is in the ledger."
