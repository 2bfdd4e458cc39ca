"""How a run ended, in the contract's exit code and in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recon.report import glossary
from recon.report.model import Verdict
from recon.report.words import counted

_BAD = ("rejected", "unknown", "not_applied")


def exit_code(steps: Mapping[str, Mapping[str, Any]]) -> int:
    """The exit code of `steps` (documents by name) that all ended by themselves: 5 wins over 4 (rulings, "Exit")."""
    states = (steps.get("verify") or steps.get("apply") or {}).get("states", {})
    if any(states.get(state) for state in _BAD):
        return 5
    return 4 if states.get("withheld") else 0


def verdict(document: Mapping[str, Any]) -> Verdict:
    """The verdict of a run from its run.json."""
    steps = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
    if document["error"]:
        sentence = f"The run stopped at {document['at']}: {document['error']}."
        if "apply" not in document["steps"]:
            sentence += " Nothing was sent to Braze."
        return Verdict("failed", sentence, document["exit_code"] or 1)
    if document["state"] == "running":
        return Verdict("failed", f"The run was cut off at {document['at']}. What it had done until then is kept.", 1)
    if "drift" not in steps:
        sentence = "The two sides were not compared: the run went no further than " + (document["at"] or "its start")
        return Verdict("failed", f"{sentence}. Nothing was sent to Braze.", document["exit_code"] or 0)
    code = exit_code(steps)
    states = (steps.get("verify") or steps.get("apply") or {}).get("states", {})
    held = states.get("verified", 0)
    done = f"{counted(held, 'repair')} made in Braze and seen to hold. " if held else ""
    if code == 5:
        bad = sum(states.get(state, 0) for state in _BAD)
        refused = f"{counted(bad, 'repair')} refused by Braze, or not held by it."
        return Verdict("partly_delivered", f"{done}{refused}", code)
    if waiting := _waiting(steps, states):
        return Verdict("withheld", f"{done or _unsent(steps)}{waiting}", code)
    if held:
        return Verdict("repaired", done.strip(), code)
    if states.get("accepted"):
        sent = counted(states["accepted"], "repair")
        return Verdict("drift_found", f"{sent} sent to Braze; whether they hold is not known yet.", code)
    if repairable := steps["drift"].get("to_repair", 0):
        differ = "value in Braze differs" if repairable == 1 else "values in Braze differ"
        return Verdict("drift_found", f"{repairable:,} {differ} from Segment. Nothing was sent to Braze.", code)
    return Verdict("clean", "Braze holds what Segment says. There was nothing to repair.", code)


def _unsent(steps: Mapping[str, Any]) -> str:
    return "" if "apply" in steps else "Nothing was sent to Braze. "


def _waiting(steps: Mapping[str, Any], states: Mapping[str, int]) -> str:
    """What waits for a person, by class while nothing of it was let go; empty if nothing waits."""
    held = {name: entry["n"] for name, entry in steps.get("plan", {}).get("withheld", {}).items()}
    count = states.get("withheld", 0) if "apply" in steps else sum(held.values())
    if not count:
        return ""
    kinds = [f"{n:,} {glossary.CLASSES.get(name, (name, name))[n != 1]}" for name, n in held.items()]
    listed = f": {', '.join(kinds)}" if count == sum(held.values()) else ""
    return f"{counted(count, 'repair')} {'waits' if count == 1 else 'wait'} for a person's decision{listed}."
