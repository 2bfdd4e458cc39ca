"""One batch to /users/track, and the truth about every object of it (facts/braze-rest-api §1.5)."""

from __future__ import annotations

from typing import NamedTuple

from recon.braze.answers import Answer
from recon.braze.client import BrazeClient
from recon.braze.errors import OutcomeUnknown, Unavailable, Unreachable
from recon.deliver.batches import Batch

_PATH = "/users/track"


class Outcome(NamedTuple):
    """What came of one object: accepted (queued, not applied), rejected, or unknown."""

    external_id: str
    corrections: int
    state: str
    request_id: str | None
    error: str | None


def send(braze: BrazeClient, batch: Batch) -> list[Outcome]:
    """Sends `batch`; attribute sets converge, so it is repeated where an answer is missing.

    Raises what ends the whole delivery: KeyRefused, PermissionMissing, Unreachable, Stopped.
    """
    try:
        answer = braze.post(_PATH, batch.body, repeatable=True)
    except Unreachable:
        raise
    except (OutcomeUnknown, Unavailable) as error:
        return [Outcome(item.external_id, item.corrections, "unknown", None, str(error)) for item in batch.items]
    return _judge(braze, batch, answer)


def _judge(braze: BrazeClient, batch: Batch, answer: Answer) -> list[Outcome]:
    blamed: dict[int, str] = {}
    unplaced: list[str] = []
    for error in answer.errors:
        if error.index is not None and error.input_array in (None, "attributes") and error.index < len(batch.items):
            blamed.setdefault(error.index, error.text)
        else:
            unplaced.append(error.text)
    if answer.fatal:
        if not blamed and len(batch.items) > 1 and answer.status in (400, 413):
            # The request as a whole was refused: find the object that spoils it.
            return [outcome for half in batch.halves() for outcome in send(braze, half)]
        reason = f"{answer.status} {answer.message}"
        return [
            Outcome(item.external_id, item.corrections, "rejected", answer.request_id, blamed.get(place, reason))
            for place, item in enumerate(batch.items)
        ]
    accepted = len(batch.items) - len(blamed)
    counted = answer.body.get("attributes_processed")
    # Braze says how many it queued. Where that is fewer than it should be, or an error names no object, only reading
    # back can tell who is meant.
    doubt = unplaced or (isinstance(counted, int) and counted < accepted)
    why = unplaced[0] if unplaced else f"Braze counted {counted} of {accepted}"
    return [
        Outcome(
            item.external_id,
            item.corrections,
            "rejected" if place in blamed else "unknown" if doubt else "accepted",
            answer.request_id,
            blamed.get(place, why if doubt else None),
        )
        for place, item in enumerate(batch.items)
    ]
