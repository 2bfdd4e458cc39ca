"""Many requests in flight, each noted in the journal, and a stop that loses nothing (design §8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from recon.braze import connect
from recon.braze.client import BrazeClient
from recon.deliver.batches import Batch
from recon.deliver.journal import Journal
from recon.deliver.send import Outcome, send
from recon.errors import Stopped
from recon.store.job import Job


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
        job.sending.set()
        try:
            while True:
                if not job.stop.is_set():
                    for batch in islice(waiting, 2 * connect.CONNECTIONS - len(running)):
                        step = not batch.call.converges
                        if step:
                            journal.sending(batch.items)
                        running.add(pool.submit(send, braze, batch))
                if not running:
                    break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcomes = future.result()
                    journal.add(outcomes)
                    kept += outcomes if step else []
                    running.remove(future)  # not before: where one raises, _drain takes in the others
                    advance(len(outcomes))
        except BaseException as error:
            _drain(pool, running, journal)
            if not isinstance(error, Stopped):
                raise  # a batch that was stopped in its wait for the rate limit is no other end than the one below
        finally:
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
