"""What a run tells to those who watch it, from its plan to a night that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from listener import Listener, listening
from prometheus_client.parser import text_string_to_metric_families
from shop_world import Shop
from town_world import Town

from recon.config.loading import load
from recon.errors import ConfigError

SECRET = "T0-very-secret"


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setattr("recon.watch.post._PAUSE", 0.001)
    monkeypatch.delenv("RECON_LOG", raising=False)
    with listening() as found:
        yield found


def watched(shop: Shop, listener: Listener) -> None:
    shop.config["watch"] = {
        "metrics": "metrics/recon.prom",
        "webhook": {"url": "${WATCH_URL}", "when": "always"},
        "slack": {"url": "${SLACK_WEBHOOK}"},
    }
    shop.variables |= {"WATCH_URL": f"{listener.url}/watch/{SECRET}", "SLACK_WEBHOOK": f"{listener.url}/slack/{SECRET}"}
    (shop.folder / "metrics").mkdir()


def metrics(shop: Shop) -> dict[str, dict[str, float]]:
    """Value by name and by the label besides the workspace, "" where there is none."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families((shop.folder / "metrics" / "recon.prom").read_text()):
        assert family.documentation
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("workspace") == "shop"
            found.setdefault(sample.name, {})["".join(labels.values())] = sample.value
    return found


def test_from_a_plan_to_a_night_that_fails(town: Town, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = town.add("ann", {"city": "Bern", "points": "7"}, {"loyalty_points": 6}, {"home_city": "Basel"})
    town.twin("ann_again", "ann")
    town.opted_out(town.add("bob"))
    watched(town, listener)
    town.write()
    webhook, slack = f"/watch/{SECRET}", f"/slack/{SECRET}"

    # A plan, sent nowhere yet: no trouble.
    assert town.recon("run").code == 0
    told = metrics(town)
    assert told["recon_exit_code"] == {"": 0}
    assert told["recon_opt_outs"] == {"waiting": 1}
    assert told["recon_withheld"] == {"merge": 1}
    assert told["recon_drifted_cells"] == {"first_seen": 2}
    assert told["recon_to_repair"] == {"": 2}
    assert told["recon_gates_failed"] == {"": 0}
    assert set(told["recon_step_duration_seconds"]) == {"pull", "load", "gates", "drift", "plan"}
    assert told["recon_profiles"] == town.run_document["steps"]["drift"]["result"]["profiles"]
    assert told["recon_last_success_timestamp_seconds"][""] <= told["recon_last_run_timestamp_seconds"][""]
    assert listener.bodies(slack) == []

    # Delivered; the merge waits for a person, which Slack hears of. stderr is for machines this time.
    monkeypatch.setenv("RECON_LOG", "json")
    done = town.recon("run", "--apply", "--yes")
    monkeypatch.delenv("RECON_LOG")
    assert done.code == 4
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert {line["run"] for line in lines} == {town.run.name}
    steps = [line["step"] for line in lines if line["event"] == "step_ended"]
    assert steps == ["pull", "load", "gates", "drift", "plan", "apply", "verify"]
    assert [line["exit_code"] for line in lines if line["event"] == "run_ended"] == [4]
    [verified] = [line for line in lines if line["event"] == "step_ended" and line["step"] == "verify"]
    told = metrics(town)
    assert told["recon_opt_outs"] == {"waiting": 0, "pushed": 1}
    assert told["recon_corrections"]["verified"] == verified["counts"]["states"]["verified"] == 3
    assert told["recon_corrections"]["withheld"] == 1
    assert told["recon_exit_code"] == {"": 4}
    well = told["recon_last_success_timestamp_seconds"][""]
    last = listener.bodies(webhook)[-1]
    assert last["run"] == town.run.name
    assert last["exit_code"] == 4
    assert last["verdict"]["outcome"] == "withheld"
    assert last["counts"]["opt_outs"] == {"waiting": 0, "pushed": 1}
    assert Path(last["report"]).is_file()
    [shown] = listener.bodies(slack)
    assert [block["type"] for block in shown["blocks"]] == ["header", "section", "section", "context"]
    assert "withheld" in shown["text"]
    assert "*opt-outs pushed*\n1" in {field["text"] for field in shown["blocks"][2]["fields"]}

    # A stale plan is refused before its delivery begins; whoever watches hears of it all the same.
    town.configure(lambda config: config["attributes"].pop())
    assert town.recon("apply").code == 4
    assert listener.bodies(webhook)[-1]["verdict"]["outcome"] == "failed"

    # A gate fails: the metrics say so, and still when a night last ended well, and what the last plan left open.
    town.configure(lambda config: config["quality"].update(email_null_percent=0))
    assert town.recon("run", "--apply", "--yes").code == 3
    told = metrics(town)
    assert told["recon_exit_code"] == {"": 3}
    assert told["recon_last_success_timestamp_seconds"] == {"": well}
    assert told["recon_gates_failed"] == {"": 1}
    assert told["recon_opt_outs"] == {"waiting": 0}
    assert listener.bodies(webhook)[-1]["verdict"] == {
        "outcome": "failed",
        "sentence": "The run stopped at gates: an input cannot be trusted. Nothing was sent to Braze.",
    }

    # Nobody can be told, and the night ends as it would have.
    town.variables["SLACK_WEBHOOK"] = f"http://127.0.0.1:9/{SECRET}"
    town.configure(lambda config: config["watch"].update(metrics="nowhere/recon.prom"))
    done = town.recon("run")
    assert done.code == 3
    assert "watch.metrics" in done.err
    assert "watch.slack was not told: no connection" in done.err
    assert SECRET not in done.said
    sent = json.dumps(listener.got, ensure_ascii=False)
    assert not [who for who in (ann, "Bern", "@") if who in sent]


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ({"metrics": "recon.txt"}, "must end in .prom"),
        ({"metrics": "s3://b/recon.prom"}, "on this machine"),
        ({"slack": {"url": f"http://hooks.example.com/{SECRET}"}}, "unencrypted"),
        ({"webhook": {"url": SECRET}}, "must be an address"),
        ({"webhook": {"url": "https://x.example.com", "when": "never"}}, "always"),
    ],
)
def test_a_mistake_is_named_without_the_address(shop: Shop, watch: dict[str, Any], said: str) -> None:
    shop.write()
    shop.configure(lambda config: config.update(watch=watch))
    with pytest.raises(ConfigError) as raised:
        load(shop.folder / "recon.yml")
    assert said in raised.value.what
    assert SECRET not in raised.value.what


def test_who_is_told_makes_no_plan_stale(shop: Shop) -> None:
    shop.write()
    before = load(shop.folder / "recon.yml").fingerprint()
    shop.configure(lambda config: config.update(watch={"metrics": "recon.prom"}))
    assert load(shop.folder / "recon.yml").fingerprint() == before
