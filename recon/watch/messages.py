"""A night as a message: the JSON of a webhook, and what Slack shows."""

from __future__ import annotations

from typing import Any

from recon.watch.night import Night

_SIGNS = {
    "clean": "🟢",
    "delivered": "🟢",
    "repaired": "🟢",
    "drift_found": "🔵",
    "withheld": "🟡",
    "partly_delivered": "🟠",
}
_TROUBLE = "🔴"
_NEXT = "`recon status` says what is open and what to type."


def webhook(night: Night) -> dict[str, Any]:
    """What is posted to `watch.webhook`."""
    return {
        "version": 1,
        "workspace": night.workspace,
        "run": night.run,
        "command": night.command,
        "verdict": {"outcome": night.outcome, "sentence": night.sentence},
        "exit_code": night.exit_code,
        "started_at": _text(night.started_at.isoformat()),
        "ended_at": _text(night.ended_at.isoformat()),
        "seconds": night.seconds,
        "counts": night.counts,
        "report": night.report,
    }


def slack(night: Night) -> dict[str, Any]:
    """What is posted to `watch.slack`: blocks, and a text for notifications and screen readers."""
    sign = _SIGNS.get(night.outcome, _TROUBLE)
    title = f"{sign} recon {night.workspace}: {night.outcome.replace('_', ' ')}"
    fields = [f"*{name}*\n{value}" for name, value in _facts(night)]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": _escape(night.sentence)}},
    ]
    if fields:
        blocks.append({"type": "section", "fields": [{"type": "mrkdwn", "text": _escape(text)} for text in fields]})
    foot = [f"run {night.run}" if night.run else night.command, f"exit code {night.exit_code}"]
    foot += [f"report: {night.report}"] if night.report else []
    foot += [_NEXT] if night.exit_code else []
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _escape(" · ".join(foot))}]})
    return {"text": _escape(f"{title}. {night.sentence}"), "blocks": blocks}


def _facts(night: Night) -> list[tuple[str, str]]:
    """At most ten, which is what Slack shows beside one another."""
    counts = night.counts
    states, opt_outs, events = (counts.get(name, {}) for name in ("states", "opt_outs", "events"))
    told = [
        ("opt-outs waiting", opt_outs.get("waiting")),
        ("opt-outs pushed", opt_outs.get("pushed")),
        ("to repair", counts.get("to_repair")),
        ("verified", states.get("verified")),
        ("withheld", sum(counts["withheld"].values()) if "withheld" in counts else None),
        ("rejected, unknown or not applied", _bad(states) if states else None),
        ("gates failed", counts.get("gates_failed")),
        ("events forwarded", counts.get("events_forwarded")),
        ("events sent to Braze", counts.get("events_sent")),
        ("events not usable", events.get("quarantined")),
        ("events rejected or unknown", events["rejected"] + events["unknown"] if "unknown" in events else None),
    ]
    return [(name, f"{count:,}") for name, count in told if count is not None]


def _bad(states: dict[str, int]) -> int:
    return sum(states.get(name, 0) for name in ("rejected", "unknown", "not_applied"))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(instant: str) -> str:
    return instant.replace("+00:00", "Z")
