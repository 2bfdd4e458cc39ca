"""Posting to an address that is a secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from listener import Listener, listening

from recon.watch.post import post


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setattr("recon.watch.post._PAUSE", 0.001)
    with listening() as found:
        yield found


@pytest.mark.parametrize(
    ("answers", "asked", "problem"),
    [
        ([200], 1, None),
        ([204], 1, None),
        ([500, 429, 200], 3, None),
        ([500, 503, 502], 3, "HTTP 502"),
        ([404], 1, "HTTP 404"),
        ([302], 1, "HTTP 302"),
    ],
)
def test_it_tries_again_where_that_can_help(
    listener: Listener, answers: list[int], asked: int, problem: str | None
) -> None:
    listener.answers = list(answers)
    assert post(f"{listener.url}/hook", {"a": 1}) == problem
    assert listener.got == [("/hook", {"a": 1})] * asked


def test_nobody_there_is_a_problem_that_does_not_name_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.watch.post._PAUSE", 0.001)
    with listening() as gone:
        url = f"{gone.url}/very-secret"
    problem = post(url, {})
    assert problem is not None
    assert "no connection" in problem
    assert "secret" not in problem
    assert gone.url.rpartition(":")[2] not in problem
