"""gates: may the night go on with these inputs? Each outcome goes to run.json; one that fails ends the night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recon.errors import InputError
from recon.intake.load import attach, readable_inputs
from recon.quality.inputs import Night, rules
from recon.quality.judge import judge
from recon.quality.measures import Files, measure
from recon.quality.rules import Profile
from recon.store import duck
from recon.store.job import Job

_GOOD_ENDS = (0, 4, 5)


def check(job: Job) -> list[dict[str, Any]]:
    """Judges the loaded inputs of a run by `quality` in recon.yml; returns all gates, each with its outcome.

    A gate: `name`, `passed`, `found`, `allowed`, `table`, `rule`, `examples` (of a failed one; they name nobody). All
    and the quality profile are kept in run.json, whatever the outcome. InputError names every gate that failed.
    """
    job.run.result("load")
    with job.run.step("gates") as result, readable_inputs(job.run), duck.database(job.run.work) as con:
        attach(con, job.run, with_events=False)
        files = Files.of(job.run)
        with job.progress.bar("check the inputs", None, "gates"):
            profile = measure(con, job.config, files, datetime.now(UTC))
            night = Night(con, job.config.quality, profile, _last_good(job), files)
            asked = rules(night)
            gates = [
                {
                    "name": rule.name,
                    "passed": passed,
                    "found": rule.found,
                    "allowed": rule.allowed,
                    "table": rule.table,
                    "rule": rule.rule,
                    "examples": [] if passed else list(rule.examples()),
                }
                for rule, passed in zip(asked, judge("inputs", profile, asked), strict=True)
            ]
        result |= {"gates": gates, "profile": profile}
    failed = [gate for gate in gates if not gate["passed"]]
    if failed:
        error = _failure(job, failed, len(gates))
        # The step itself is done, and what it found stays; the run is what failed.
        job.run.note(state="failed", error=error.what, remedy=error.remedy)
        raise error
    return gates


def _last_good(job: Job) -> Profile:
    """The quality profile of the newest run before this one that made a plan and ended well; empty if there is none.

    A run that went on from a failed gate (`recon run --from drift`) is one: from then on its inputs are what is usual.
    """
    for run in reversed([run for run in job.runs.all() if run.id < job.run.id]):
        document = run.document
        results = {name: step["result"] for name, step in document["steps"].items() if "result" in step}
        if document["exit_code"] in _GOOD_ENDS and {"gates", "plan"} <= results.keys():
            profile: Profile = results["gates"]["profile"]
            return profile
    return {}


def _failure(job: Job, failed: Sequence[Mapping[str, Any]], of: int) -> InputError:
    said = []
    for gate in failed:
        why = ", ".join([gate["rule"], *gate["examples"]])
        said.append(f"{gate['table']}, {gate['name']}: {gate['found']}, allowed: {gate['allowed']} ({why})")
    return InputError(
        f"{len(failed)} of {of} quality gates failed, nothing was pushed: {'; '.join(said)}",
        "Mend the export or the unload and start a new `recon run`. If the inputs are right as they are, "
        f"`recon run --run {job.run.id} --from drift` goes on without the gates. Opt-outs wait too: `recon drift` and "
        "`recon plan` count them, `recon apply --only suppress` sends them alone, on your word.",
    )
