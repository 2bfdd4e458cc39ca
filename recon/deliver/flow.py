"""Many requests in flight, each noted in the journal, and a stop that loses nothing (design §8)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue

from recon.braze import connect
from recon.braze.client import BrazeClient
from recon.deliver.batches import Batch
from recon.deliver.journal import Journal
from recon.deliver.send import Outcome, send
from recon.errors import Stopped
from recon.store.job import Job

_AHEAD = 8 * connect.CONNECTIONS
"""Batches in flight or waiting for a thread: enough to go on sending while objects are read and outcomes noted."""


def deliver(
    job: Job, braze: BrazeClient, journal: Journal, waiting: Iterator[Batch], advance: Callable[[int], None]
) -> list[Outcome]:
    """Sends all batches and journals their outcomes, which it also returns, of those that do not converge only.

    What does not converge is journaled as `sending` before it leaves. Raises Stopped where the job is stopped, after
    what is in flight has been answered; RemoteError where Braze refuses the key or stays unreachable.
    """
    kept: list[Outcome] = []
    step = False
    with ThreadPoolExecutor(connect.CONNECTIONS, thread_name_prefix="apply") as pool:
        running: set[Future[list[Outcome]]] = set()
        ended: SimpleQueue[Future[list[Outcome]]] = SimpleQueue()
        job.sending.set()
        gc.freeze()  # small objects by the thousand would have every module looked through for garbage, again and again
        try:
            while True:
                if not job.stop.is_set():
                    for batch in islice(waiting, _AHEAD - len(running)):
                        step = not batch.call.converges
                        if step:
                            journal.sending(batch.items)
                        future = pool.submit(send, braze, batch)
                        running.add(future)
                        future.add_done_callback(ended.put)
                if not running:
                    break
                future = ended.get()
                outcomes = future.result()
                journal.add(outcomes)
                kept += outcomes if step else []
                running.remove(future)  # not before: where one raises, _drain takes in the others
                advance(sum(len(each.items) for each in outcomes))
        except BaseException as error:
            _drain(pool, running, journal)
            if not isinstance(error, Stopped):
                raise  # a batch that was stopped in its wait for the rate limit is no other end than the one below
        finally:
            gc.unfreeze()
            journal.flush()
            job.sending.clear()
    if job.stop.is_set():
        raise Stopped(
            "stopped while delivering", "Go on with `recon apply --resume`: what was answered is in the journal."
        )
    return kept


def _drain(pool: ThreadPoolExecutor, running: set[Future[list[Outcome]]], journal: Journal) -> None:
    """Takes in what is in flight or not yet journaled; what fails there is sent again, or looked for, on the next
    apply."""
    pool.shutdown(cancel_futures=True)
    for future in running:
        if not future.cancelled() and future.exception() is None:
            journal.add(future.result())
