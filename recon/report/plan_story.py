"""What `recon show plan` tells: every change by stage, class, field and profile, why, and what waits (design §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import orjson

from recon.config.models import Config
from recon.errors import UsageError
from recon.plan import approval, brakes
from recon.report import glossary
from recon.report.changes import parts
from recon.report.masks import person, shown
from recon.report.rows import dicts
from recon.store import sql
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms

FIRST = 5
"""Profiles that are shown of each field unless all are asked for."""
_ALL = 2**62
_GROUP = "subscription_group:"
_CHANNELS = {"email_subscribe": "e-mail", "push_subscribe": "push"}
_STEPS = {"rename": "ids", "merge": "profiles of one person", "delete": "profiles of suppressed people"}

Document = dict[str, Any]


def plan(job: Job, *, everything: bool = False) -> Document:
    """The contract's plan document with `totals`, `approved`, `states` (of its delivery, else None) and `stages`.

    A stage: `stage, corrections, profiles, classes`. A class: `class, corrections, withheld` (None, or why), `command`
    (what lets it go), `fields`. A field: `field, what, corrections, added, changed, removed, quarantined, rows`. A row:
    `external_id, sign` (+ ~ -), `before, after, words` (of identity steps), `parts` (of arrays and objects), `cause`,
    `why, state`. Values hold no address and no phone number.
    """
    document = job.run.result("plan")
    file = job.run.plan / "corrections.parquet"
    if not file.exists():
        raise UsageError(f"run {job.run.id}: its plan is not on disk any more", "`recon history` lists the runs.")
    named = {"corrections": str(file), "duplicate": str(job.run.drift / "duplicate.parquet")}
    with duckdb.connect() as con:
        stages = dicts(sql.run(con, "report/plan_stages", named))
        fields = dicts(sql.run(con, "report/plan_fields", named))
        rows = dicts(sql.run(con, "report/plan_rows", {**named, "most": _ALL if everything else FIRST}))
    teller = _Teller(job.config)
    for field in fields:
        field["what"] = teller.what(field["class"], field["field"])
        field["rows"] = []
    by_field = {(field["class"], field["field"]): field for field in fields}
    for row in rows:
        by_field[row["class"], row["field"]]["rows"].append(teller.row(row))
    approved = job.run.document.get("approved", {})
    for stage in stages:
        of_stage = [field for field in fields if field["stage"] == stage["stage"]]
        stage["classes"] = _classes(document, of_stage, approved)
    steps = job.run.document["steps"]
    delivered = [steps[step]["result"] for step in ("verify", "apply") if "result" in steps.get(step, {})]
    return {
        **document,
        "totals": _totals(fields, document["withheld"], approved),
        "approved": approved,
        "states": delivered[0]["states"] if delivered else None,
        "stages": stages,
    }


def _classes(plan: Document, fields: list[Document], approved: Mapping[str, str]) -> list[Document]:
    classes: dict[str, Document] = {}
    for field in fields:
        name = field["class"]
        held = plan["withheld"].get(name)
        entry = classes.setdefault(
            name,
            {
                "class": name,
                "corrections": plan["corrections"].get(name, 0),
                "withheld": held["reason"] if held else None,
                "command": approval.command(plan, name) if held and name not in approved else None,
                "fields": [],
            },
        )
        entry["fields"].append({key: value for key, value in field.items() if key not in ("stage", "class")})
    return list(classes.values())


def _totals(fields: list[Document], withheld: Mapping[str, Any], approved: Mapping[str, str]) -> dict[str, int]:
    """What the plan would do now: of the classes that nothing holds back, what is added, changed and removed."""
    free = [field for field in fields if field["class"] not in withheld or field["class"] in approved]
    changes = [field for field in free if field["class"] != brakes.OPT_OUT]
    return {
        "add": sum(field["added"] for field in changes),
        "change": sum(field["changed"] for field in changes),
        "remove": sum(field["removed"] for field in changes),
        "opt_outs": sum(field["corrections"] for field in free if field["class"] == brakes.OPT_OUT),
        "withheld": sum(held["n"] for name, held in withheld.items() if name not in approved),
        "quarantined": sum(field["quarantined"] for field in fields),
    }


class _Teller:
    """Puts corrections into words, by the names in recon.yml and without addresses."""

    def __init__(self, config: Config) -> None:
        self._pseudonyms = Pseudonyms(config)
        self._groups = {group.id: group.name for group in config.subscriptions.groups}
        self._audiences: dict[str, list[str]] = {}
        for rule in config.cohorts:
            self._audiences.setdefault(rule.to.name, []).append(rule.audience)

    def what(self, name: str, field: str) -> str:
        """A field as people call it: a channel, a group by its name, an attribute with its audiences."""
        key = field.removeprefix(_GROUP)
        audiences = f"audience {', '.join(self._audiences[key])}" if key in self._audiences else ""
        if field.startswith(_GROUP):
            return f'group "{self._groups[key]}"' if key in self._groups else f"group of the {audiences or key}"
        if name in ("alias", "identify"):
            return f"by {field.partition(':')[2]}"
        if name in _STEPS:
            return _STEPS[name]
        return _CHANNELS.get(field, field) + (f" ({audiences})" if audiences else "")

    def row(self, row: Document) -> Document:
        """One correction."""
        field, before, after = row["field"], row["before"], row["after"]
        step = row["class"] in ("alias", "identify", "rename", "merge", "delete")
        sign = "+" if before is None else "-" if after == "null" or row["class"] == "merge" else "~"
        return {
            "external_id": person(row["external_id"], self._pseudonyms),
            "sign": sign,
            "before": None if step else shown(field, before, self._pseudonyms),
            "after": None if step else shown(field, after, self._pseudonyms),
            "words": self._words(row) if step else None,
            "parts": [] if step else parts(before, after),
            "cause": row["cause"],
            "why": glossary.REASONS.get(row["cause"], row["cause"]),
            "state": row["state"],
        }

    def _words(self, row: Document) -> str:
        def name(text: str) -> str:
            return person(str(orjson.loads(text)), self._pseudonyms)

        who, evidence = person(row["external_id"], self._pseudonyms), row["evidence"]
        because = f" ({shown('', evidence, self._pseudonyms)})" if evidence else ""
        told = {
            "merge": lambda: f"merge {who} into {name(row['after'])}",
            "rename": lambda: f"rename {who} to {name(row['after'])}",
            "identify": lambda: f"identify {name(row['after'])} as {who}",
            "alias": lambda: f"add the alias {name(row['after'])} to {who}",
            "delete": lambda: f"delete {who}",
        }
        return told[row["class"]]() + because
