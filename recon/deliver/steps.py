"""Steps that do not converge when they are repeated: identify, rename, merge, delete (design §8).

Each is looked at before it is sent, journaled as `sending`, sent, and looked at until it is done. So a step whose
answer is missing, or that a crash cut off, is told by what the profiles show, and never sent again blindly.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby

import orjson

from recon.braze.calls import CALLS
from recon.braze.client import BrazeClient
from recon.deliver import flow, look, opt_outs, readback
from recon.deliver.batches import Item, batches
from recon.deliver.journal import Journal, take_stock
from recon.deliver.look import Step
from recon.deliver.readback import ReadBack
from recon.deliver.send import Outcome
from recon.store import sql

_CHUNK = 2_500
_DOUBTFUL = ("sending", "accepted", "unknown")
_ALL = 2**62


class Steps:
    """Carries out the steps of one run's plan; without a `writer` it only looks."""

    def __init__(self, back: ReadBack, writer: BrazeClient | None) -> None:
        self._back = back
        self._writer = writer

    def carry_out(self, kind: str, most: int | None = None) -> int:
        """Every step of the class `kind` that is not known to be done, at most `most`; returns how many."""
        writer = self._writer
        assert writer is not None
        take_stock(self._back.con, self._back.job, self._back.plan)
        self._look_again(kind)
        steps = self._steps(kind, ("planned", *_DOUBTFUL), most)
        with self._back.job.progress.bar(kind, len(steps), "profiles") as advance:
            for chunk in _chunks(steps):
                self._settle_doubt([step for step in chunk if step.state in _DOUBTFUL], chunk)
                self._send(writer, chunk)
                advance(len(chunk))
        return len(steps)

    def verify(self) -> None:
        """Looks again at every step that was sent and not seen to be done."""
        for kind in ("identify", "rename", "merge", "delete"):
            for chunk in _chunks(self._steps(kind, _DOUBTFUL, None)):
                self._conclude(chunk, [])
            self._look_again(kind)

    def _look_again(self, kind: str) -> None:
        """Whether a step that was given up is done by now; it is not sent again. One that is done while the opt-outs of
        both profiles do not hold gets them set again."""
        for chunk in _chunks(self._steps(kind, ("not_applied", "rejected"), None)):
            self._conclude(chunk, chunk, once=True)

    def _steps(self, kind: str, states: Sequence[str], most: int | None) -> list[Step]:
        asked = {"class": kind, "states": list(states), "most": _ALL if most is None else most}
        return [Step(*row) for row in sql.run(self._back.con, "deliver/steps", asked).fetchall()]

    def _settle_doubt(self, doubtful: list[Step], chunk: list[Step]) -> None:
        """What may be under way gets time to show; what is done or cannot be is taken out of `chunk`."""
        if doubtful:
            gone = self._conclude(doubtful, chunk)
            chunk[:] = [step for step in chunk if step not in gone]

    def _send(self, writer: BrazeClient, chunk: Sequence[Step]) -> None:
        back = self._back
        if not chunk:
            return
        seen = look.see(back.braze, chunk)
        told = {step: look.standing(step, seen) for step in chunk}
        due = [step for step in chunk if told[step].state == "open"]
        opt_outs.keep(back, due, seen)
        if done := [step for step in chunk if told[step].state == "done"]:
            self._done(done)  # it may be one of ours that Braze was slow to do
        for step in chunk:
            if told[step].state == "blocked":
                self._note([step], "not_applied", told[step].reason)
        if not due:
            return
        call = CALLS[due[0].kind]
        items = {(step.external_id, step.field): step for step in due}
        waiting = batches(map(_item, due), call.most, back.job.config.braze.limits.bytes_per_request, call)
        outcomes = flow.deliver(back.job, writer, self._journal(due[0].kind), waiting, lambda count: None)
        refused = {
            (item.external_id, item.field) for each in outcomes if each.state == "rejected" for item in each.items
        }
        self._conclude([step for key, step in items.items() if key not in refused], [])

    def _conclude(self, steps: Sequence[Step], keep_open: Sequence[Step], *, once: bool = False) -> list[Step]:
        """Looks at `steps` until they are done or patience ends, and notes what was seen; returns what is settled.

        What is not done by then is `not_applied`, unless it is among `keep_open`: that is sent again.
        """
        back = self._back
        if not steps:
            return []
        if not once:
            back.braze.pause(readback.SETTLE)
        left, settled = list(steps), []
        ends, pause = time.monotonic() + readback.PATIENCE, 1.0
        while True:
            seen = look.see(back.braze, left)
            told = {step: look.standing(step, seen) for step in left}
            done = [step for step in left if told[step].state == "done"]
            if done:
                self._done(done)
                ends = time.monotonic() + readback.PATIENCE
            settled += done
            left = [step for step in left if told[step].state != "done"]
            if not left or once or time.monotonic() + pause > ends:
                break
            back.braze.pause(pause)
            pause = min(2 * pause, readback.LONGEST_PAUSE)
        for step in left:
            if told[step].state == "blocked" or step not in keep_open:
                self._note([step], "not_applied", told[step].reason or "read back, and Braze has not done it")
                settled.append(step)
        return settled

    def _done(self, steps: Sequence[Step]) -> None:
        """A step is done when the survivor has kept both profiles' opt-outs too."""
        joined = {step.survivor for step in steps if step.kind in ("merge", "identify")}
        lost = opt_outs.restore(self._back, self._writer, sorted(joined)) if joined else {}
        self._note([step for step in steps if step.survivor not in lost], "verified")
        for step in steps:
            if step.survivor in lost:
                self._note([step], "not_applied", "done, but the opt-outs of both profiles do not hold yet")

    def _note(self, steps: Sequence[Step], state: str, reason: str | None = None) -> None:
        if steps:
            journal = self._journal(steps[0].kind)
            journal.add([Outcome([_item(step) for step in steps], state, None, reason)])
            journal.flush()

    def _journal(self, kind: str) -> Journal:
        stage = "delete" if kind == "delete" else "identity"
        return Journal(self._back.con, self._back.job.run.id, self._back.plan, stage)


def _chunks(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Steps that may travel together: of one turn, so that no profile is in two of them."""
    for _, of_one_turn in groupby(steps, lambda step: step.turn):
        held = list(of_one_turn)
        for first in range(0, len(held), _CHUNK):
            yield held[first : first + _CHUNK]


def _item(step: Step) -> Item:
    wanted: object
    if step.kind == "identify":
        label, name = step.alias
        wanted = {"external_id": step.external_id, "user_alias": {"alias_label": label, "alias_name": name}}
    elif step.kind == "rename":
        wanted = {"current_external_id": step.before, "new_external_id": step.after}
    elif step.kind == "merge":
        wanted = {
            "identifier_to_merge": {"external_id": step.before},
            "identifier_to_keep": {"external_id": step.after},
        }
    else:
        wanted = step.external_id
    return Item(step.external_id, orjson.dumps(wanted), step.field)
