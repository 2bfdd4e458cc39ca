"""One batch to its endpoint, and the truth about every object of it (facts/braze-rest-api §1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from recon.braze.answers import Answer, ObjectError
from recon.braze.client import BrazeClient
from recon.braze.errors import OutcomeUnknown, Unavailable, Unreachable
from recon.deliver.batches import Batch, Item


class Outcome(NamedTuple):
    """What came of some objects: accepted (queued, not applied), rejected, or unknown."""

    items: Sequence[Item]
    state: str
    request_id: str | None = None
    error: str | None = None


def send(braze: BrazeClient, batch: Batch) -> list[Outcome]:
    """Sends `batch`; every object of it is in one of the outcomes. Where an answer is missing it is repeated if it
    converges; else its outcome is unknown.

    Raises what ends the whole delivery: KeyRefused, PermissionMissing, Unreachable, Stopped.
    """
    try:
        answer = braze.post(batch.call.path, batch.body, repeatable=batch.call.converges)
    except (OutcomeUnknown, Unavailable) as error:
        if isinstance(error, Unreachable):
            raise
        return [Outcome(batch.items, "unknown", None, str(error))]
    return judge(braze, batch, answer)


def judge(braze: BrazeClient, batch: Batch, answer: Answer) -> list[Outcome]:
    """What `answer` says of the objects of `batch`, in no set order. What was refused whole is sent again in halves."""
    call = batch.call
    blamed: dict[int, str] = {}
    unplaced: list[str] = []
    for error in (*answer.errors, *_rename_errors(answer.body.get("rename_errors"), braze)):
        if error.index is not None and error.input_array in (None, *call.blames) and error.index < len(batch.items):
            blamed.setdefault(error.index, error.text)
        else:
            unplaced.append(error.text)
    if answer.fatal:
        if not blamed and len(batch.items) > 1 and answer.status in (400, 413):
            # The request as a whole was refused: find the object that spoils it.
            return [each for half in batch.halves() for each in send(braze, half)]
        return _told(batch, answer, blamed, "rejected", f"{answer.status} {answer.message}")
    accepted = len(batch.items) - len(blamed)
    counted = answer.body.get(call.counter) if call.counter else None
    # Braze says how many it queued. Where that is fewer than it should be, or an error names no object, only reading
    # back can tell who is meant.
    doubt = unplaced or (isinstance(counted, int) and counted < accepted)
    if doubt:
        why = unplaced[0] if unplaced else f"Braze counted {counted} of {accepted}"
        return _told(batch, answer, blamed, "unknown", why)
    return _told(batch, answer, blamed, "accepted", None)


def _told(batch: Batch, answer: Answer, blamed: dict[int, str], state: str, error: str | None) -> list[Outcome]:
    """The objects that were blamed are rejected, each for its reason; the others are in `state`."""
    rejected = [Outcome((batch.items[place],), "rejected", answer.request_id, text) for place, text in blamed.items()]
    others = [item for place, item in enumerate(batch.items) if place not in blamed] if blamed else batch.items
    return [*rejected, Outcome(others, state, answer.request_id, error)] if others else rejected


def _rename_errors(errors: Any, braze: BrazeClient) -> list[ObjectError]:
    """`rename_errors` refer to the request's index, as arrays of index and text (facts/braze-rest-api §4)."""
    found = []
    for entry in errors if isinstance(errors, list) else []:
        pair = entry if isinstance(entry, list) else [entry]
        index = next((part for part in pair if isinstance(part, int) and not isinstance(part, bool)), None)
        texts = [braze.redact(part) for part in pair if not isinstance(part, int)]
        found.append(ObjectError("; ".join(texts) or "no reason given", None, index))
    return found
