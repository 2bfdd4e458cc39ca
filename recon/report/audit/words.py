"""What the audit's page says first: whether opt-outs were respected, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recon.report.glossary import VerdictWords


def verdict(audit: Mapping[str, Any]) -> VerdictWords:
    """The worst that audit.json's document tells."""
    counts = audit["counts"]
    if counts["messages"]:
        return VerdictWords("act", "Needs attention", "Messages were sent after opt-outs")
    if counts["reachable"]:
        return VerdictWords("act", "Needs attention", "Braze does not hold every opt-out")
    if counts["not_deleted"] or counts["nameless"]:
        return VerdictWords("look", "Take a look", "Some suppressed people or nameless profiles are still in Braze")
    if audit["messages_since"] is None or audit["warnings"]:
        return VerdictWords("look", "Take a look", "Opt-outs are held; nobody looked for messages after them")
    if counts["past_deadline"]:
        return VerdictWords("look", "Take a look", "Opt-outs are held; some were late")
    return VerdictWords("good", "In order", "Every opt-out is held, and no message was seen after one")
