"""How a run ended, in the contract's exit code and in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recon.report.model import Verdict

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
    repairable = steps.get("drift", {}).get("to_repair", 0)
    states = (steps.get("verify") or steps.get("apply") or {}).get("states", {})
    if code == 5:
        bad = sum(states.get(state, 0) for state in _BAD)
        return Verdict("partly_delivered", f"{bad:,} corrections were refused by Braze or did not hold.", code)
    withheld = sum(entry["n"] for entry in steps.get("plan", {}).get("withheld", {}).values())
    if withheld:
        return Verdict("withheld", f"{withheld:,} corrections are withheld until a person looks at them.", code)
    if states.get("verified"):
        return Verdict(
            "repaired", f"{states['verified']:,} values were repaired in Braze, and each was seen to hold.", code
        )
    if states.get("accepted"):
        return Verdict("drift_found", f"{states['accepted']:,} corrections were sent; they are not verified yet.", code)
    if repairable:
        return Verdict(
            "drift_found", f"{repairable:,} values in Braze differ from Segment. Nothing was sent to Braze.", code
        )
    return Verdict("clean", "Braze holds what Segment says. There was nothing to repair.", code)
