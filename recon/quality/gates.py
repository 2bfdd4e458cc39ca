"""gates: may the night go on with these inputs, and then with this plan? Each outcome goes to run.json; one that fails
ends the night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recon.errors import InputError
from recon.intake.load import attach, mapping_of
from recon.intake.originals import readable_inputs
from recon.quality import outputs, suites
from recon.quality.inputs import Night, rules
from recon.quality.judge import judge
from recon.quality.measures import Files, measure
from recon.quality.rules import Profile, Rule
from recon.store import duck
from recon.store.job import Job
from recon.store.pseudonyms import Pseudonyms
from recon.store.state import attached

_GOOD_ENDS = (0, 4, 5)
_MEND = (
    "Mend the export or the unload and start a new `recon run`. If the inputs are right as they are, "
    "`recon run --run {run} --from drift` goes on without the gates. Opt-outs wait too: `recon drift` and "
    "`recon plan` count them, `recon apply --only suppress` sends them alone, on your word."
)
_LOOK = (
    "Look at the plan with `recon show plan`, mend what is wrong and start a new `recon run`. If the plan is right as "
    "it is, `recon run --run {run} --from plan --apply` delivers it without these gates."
)


def check(job: Job) -> list[dict[str, Any]]:
    """Judges the loaded inputs of a run by `quality` in recon.yml; returns all gates, each with its outcome.

    A gate: `name`, `passed`, `found`, `allowed`, `table`, `rule`, `examples` (of a failed one; they name nobody). All
    and the quality profile are kept in run.json, whatever the outcome. InputError names every gate that failed.
    """
    job.run.result("load")
    with (
        job.run.step("gates") as result,
        readable_inputs(job.run),
        job.progress.bar("check the inputs", None, "gates"),
    ):
        with duck.database(job.run.work) as con:
            attach(con, job.run, with_events=False)
            files = Files.of(job.run)
            profile = measure(con, job.config, files, datetime.now(UTC))
            night = Night(con, job.config.quality, profile, _last_good(job)[0], files)
            gates = _judged("inputs", profile, rules(night))
        gates += suites.gates(job, "inputs")
        result |= {"gates": gates, "profile": profile}
    if failed := _failed(gates):
        error = _failure(failed, len(gates), "quality gates", _MEND.format(run=job.run.id))
        # The step itself is done, and what it found stays; the run is what failed.
        job.run.note(state="failed", error=error.what, remedy=error.remedy)
        raise error
    return gates


def check_plan(job: Job) -> list[dict[str, Any]]:
    """Judges the plan of a run, once: the outcomes are kept beside it in run.json, and a new plan has none.

    Gates as `check` has them. InputError names every gate that failed, unless somebody chose to go on with this plan.
    """
    plan = job.run.result("plan")
    with job.run.after("plan") as result:
        gates: list[dict[str, Any]] = plan.get("gates") or _judge_plan(job, result)
        failed = _failed(gates)
        if failed and job.run.document.get("without_plan_gates") != plan["hash"]:
            remedy = _LOOK.format(run=job.run.id)
            if opt_outs := plan["corrections"].get("unsubscribe"):
                alone = f"`recon apply --run {job.run.id} --only suppress` sends them alone, on your word"
                remedy += f" Its opt-outs ({opt_outs:,}) wait too: {alone}."
            raise _failure(failed, len(gates), "quality gates of the plan", remedy)
    return gates


def go_on(job: Job) -> None:
    """Notes that somebody has looked at what failed and chose to go on without the gates: with the inputs, and with the
    plan if that failed, for the one of that hash."""
    plan = job.run.document["steps"].get("plan", {}).get("result", {})
    failed = _failed(plan.get("gates", ()))
    job.run.note(without_gates=True, **({"without_plan_gates": plan["hash"]} if failed else {}))


def _judge_plan(job: Job, result: dict[str, Any]) -> list[dict[str, Any]]:
    mapping = mapping_of(job)
    with job.progress.bar("check the plan", None, "gates"):
        with duck.database(job.run.work) as con:
            with attached(con, job.state):
                profile = outputs.measure(con, mapping, job.run.drift / "opted_out.parquet")
            earlier, config = _last_good(job)
            # Who has changed the mapping knows best what it leaves without values.
            if config == job.run.document["config"] and any(name.startswith("values.") for name in earlier):
                profile["values.lost"] = len(outputs.lost(mapping, profile, earlier))
            pseudonym = Pseudonyms(job.config).of
            planned = outputs.Planned(con, job.config.quality, mapping, profile, earlier, pseudonym)
            gates = _judged("plan", profile, outputs.rules(planned))
        gates += suites.gates(job, "plan")
    result |= {"gates": gates, "profile": profile}
    return gates


def _judged(suite: str, profile: Profile, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    return [
        {
            "name": rule.name,
            "passed": passed,
            "found": rule.found,
            "allowed": rule.allowed,
            "table": rule.table,
            "rule": rule.rule,
            "examples": [] if passed else list(rule.examples()),
        }
        for rule, passed in zip(rules, judge(suite, profile, rules), strict=True)
    ]


def _failed(gates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [gate for gate in gates if not gate["passed"]]


def _last_good(job: Job) -> tuple[Profile, str]:
    """The quality profiles of the newest run before this one that made a plan and ended well, and its configuration's
    fingerprint; empty if there is none.

    A run that went on from a failed gate (`recon run --from drift`) is one: from then on its inputs are what is usual.
    """
    for run in reversed([run for run in job.runs.all() if run.id < job.run.id]):
        document = run.document
        results = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
        if document["exit_code"] in _GOOD_ENDS and {"gates", "plan"} <= results.keys():
            return results["gates"]["profile"] | results["plan"].get("profile", {}), document["config"]
    return {}, ""


def _failure(failed: Sequence[Mapping[str, Any]], of: int, what: str, remedy: str) -> InputError:
    said = []
    for gate in failed:
        why = ", ".join([gate["rule"], *gate["examples"]])
        said.append(f"{gate['table']}, {gate['name']}: {gate['found']}, allowed: {gate['allowed']} ({why})")
    return InputError(f"{len(failed)} of {of} {what} failed, nothing was pushed: {'; '.join(said)}", remedy)
