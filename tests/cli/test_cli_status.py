"""recon status says what is open and what to type; typing it closes it, whatever way the run ended."""

from __future__ import annotations

import re
import shlex
import signal
import time
from typing import Any

import pytest
from shop_world import Shop
from town_world import Town


def advised(shop: Shop) -> list[list[str]]:
    """The commands that status advises, one list for each thing that is open, as they stand on the screen."""
    lines = [line for line in shop.recon("status").out.splitlines() if line.strip().startswith("next:")]
    return [re.findall(r"`(recon [^`]+)`", line) for line in lines]


def types(shop: Shop, commands: list[str]) -> list[int]:
    """Types the commands; their exit codes."""
    codes = []
    for command in commands:
        done = shop.recon(*shlex.split(command)[1:])
        assert done.code in (0, 4), done.said
        shop.sandbox.settle()
        codes.append(done.code)
    return codes


def follows(shop: Shop) -> None:
    """Types what is advised first, again and again, until nothing is open."""
    for _ in range(5):
        commands = advised(shop)
        if not commands:
            break
        types(shop, commands[0])
    assert "nothing is open" in shop.recon("status").out


@pytest.fixture
def drifted(shop: Shop) -> Shop:
    shop.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"})
    return shop.write()


@pytest.fixture
def opting(town: Town) -> Town:
    """Somebody who opted out in Segment, and whose city is wrong in Braze."""
    town.opted_out(town.add("ann", {"city": "Bern"}, {}, {"home_city": "Basel"}))
    town.write()
    return town


def test_after_a_good_night_nothing_is_open(drifted: Shop) -> None:
    assert drifted.recon("run", "--apply").code == 0
    assert advised(drifted) == []
    assert "nothing is open" in drifted.recon("status").out
    assert drifted.recon("status", "--json").document["open"] == []


def test_a_plan_that_waits_is_delivered(drifted: Shop) -> None:
    drifted.recon("run")
    assert advised(drifted) == [["recon show plan", "recon apply", "recon verify"]]
    follows(drifted)
    assert set(drifted.states().values()) == {"verified"}


def test_what_is_withheld_is_let_go(town: Town) -> None:
    town.add("ann")
    twin = town.twin("ann_b", "ann")
    town.write()
    assert town.recon("run", "--apply").code == 4
    out = town.recon("status").out
    assert "1 merge correction withheld" in out
    assert "a merge cannot be undone" in out
    [commands] = advised(town)
    types(town, commands[:2])
    assert "approved by" in town.recon("status").out
    follows(town)
    assert town.states() == {(twin, "merge"): "verified"}


def test_what_braze_refused_is_told_with_its_reason_and_tried_again(drifted: Shop) -> None:
    drifted.sandbox.fault("/users/track", "status", status=400, body={"message": "too odd"}, count=1)
    assert drifted.recon("run", "--apply").code == 5
    assert "1 rejected: 400 too odd" in drifted.recon("status").out
    assert advised(drifted) == [["recon run --apply"]]
    follows(drifted)


def test_an_unknown_outcome_is_read_back(drifted: Shop) -> None:
    body = {"message": "success", "attributes_processed": 0}
    drifted.sandbox.fault("/users/track", "status", status=201, body=body, count=1, applied=True)
    drifted.recon("run")
    assert drifted.recon("apply").code == 5
    assert "1 of them got no clear answer" in drifted.recon("status").out
    assert advised(drifted) == [["recon verify"]]
    follows(drifted)


def test_after_a_kill_opt_outs_come_first_and_the_delivery_goes_on(opting: Town) -> None:
    opting.night()
    opting.sandbox.fault("/users/track", "hang", count=1)
    process = opting.spawn("apply", "--no-progress")
    ends = time.monotonic() + 120
    while not opting.sandbox.requests("/users/track", after=opting.logged):
        assert time.monotonic() < ends
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    assert "at work: `recon apply`" in opting.recon("status").out
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    opting.sandbox.clear_faults()
    out = opting.recon("status").out
    assert out.startswith("OPT-OUTS WAIT 1 opt-out waits")
    assert "broke off during apply" in out
    first, second = advised(opting)
    assert (first, second) == (["recon apply --resume"], ["recon apply --resume", "recon verify"])
    assert "cut off apply" in out
    types(opting, first)
    assert "OPT-OUTS" not in opting.recon("status").out
    follows(opting)
    assert set(opting.states().values()) == {"verified"}


def test_after_a_refused_key_the_doctor_is_asked_and_the_delivery_goes_on(drifted: Shop) -> None:
    drifted.recon("run")
    good = drifted.variables["BRAZE_WRITE_KEY"]
    drifted.variables["BRAZE_WRITE_KEY"] = "badc0ffee-0000-4000-8000-00000000beef"
    drifted.configure()
    assert drifted.recon("apply").code == 6
    assert "the last run failed at apply" in drifted.recon("status").out
    [commands] = advised(drifted)
    assert commands == ["recon doctor", "recon apply --resume", "recon verify"]
    assert drifted.recon("doctor").code == 6
    drifted.variables["BRAZE_WRITE_KEY"] = good
    drifted.configure()
    follows(drifted)


def test_after_a_failed_gate_opt_outs_go_alone_and_the_rest_on_a_persons_word(town: Town) -> None:
    ann = town.add("ann", {"city": "Bern"}, hours_ago=480)
    town.opted_out(ann)
    town.config["quality"]["max_age"] = "1h"
    town.write()
    assert town.recon("run", "--apply").code == 3
    out = town.recon("status").out
    assert out.startswith("OPT-OUTS WAIT")
    assert "did not pass the gates" in out
    types(town, advised(town)[0])
    assert town.stored(ann)["fields"]["email_subscribe"] == "unsubscribed"
    assert "home_city" not in town.stored(ann)["fields"]
    assert "OPT-OUTS" not in town.recon("status").out
    assert ["recon verify"] in advised(town), "what was sent alone is read back too"
    follows(town)
    assert town.stored(ann)["fields"]["home_city"] == "Bern"


def test_opt_outs_that_an_outage_swallowed_are_not_forgotten(opting: Town) -> None:
    opting.sandbox.fault("/users/track", "status", status=500)
    assert opting.recon("run", "--apply").code == 5
    out = opting.recon("status").out
    assert out.startswith("OPT-OUTS WAIT 1 opt-out was sent in vain")
    assert "no clear answer" in out and "HTTP 500" in out
    assert advised(opting)[0] == ["recon run --apply"]
    opting.sandbox.clear_faults()
    follows(opting)
    assert set(opting.states().values()) == {"verified"}


def test_of_a_stale_plan_the_opt_outs_go_and_a_new_plan_is_made(opting: Town) -> None:
    opting.night()
    opting.write_table("user_identifiers", file="part-1")
    assert opting.recon("apply").code == 4
    out = opting.recon("status").out
    assert out.startswith("OPT-OUTS WAIT 1 opt-out waits")
    assert "stale: changed since then: the input user_identifiers" in out
    assert advised(opting) == [["recon apply --only suppress"], ["recon run"]]
    follows(opting)


def test_opt_outs_of_an_earlier_plan_are_not_forgotten(opting: Town) -> None:
    opting.night()
    waiting = opting.run.name
    opting.config["braze"]["export"] = {"segment_id": "no-such-segment"}
    opting.configure()
    assert opting.recon("run").code != 0
    assert opting.run.name != waiting
    first, *_ = advised(opting)
    assert first == [f"recon apply --only suppress --run {waiting}"]
    types(opting, first)
    assert "OPT-OUTS" not in opting.recon("status").out
    assert opting.stored(f"{opting.mark}_ann")["fields"]["email_subscribe"] == "unsubscribed"


def test_what_is_set_aside_is_told_with_the_last_reason(drifted: Shop) -> None:
    drifted.config["policy"]["give_up_after"] = 1
    drifted.configure()
    drifted.sandbox.fault("/users/track", "status", status=400, body={"message": "too odd"}, count=1)
    assert drifted.recon("run", "--apply").code == 5
    assert drifted.recon("run", "--apply").code == 0
    out = drifted.recon("status").out
    assert "1 correction set aside: sent in vain on 1 nights" in out
    assert "1 home_city: 400 too odd" in out
    assert advised(drifted) == [["recon show plan"]]
    assert "1 set aside" in drifted.recon("show", "plan").out


def test_a_single_step_is_gone_on_with(drifted: Shop) -> None:
    drifted.recon("pull")
    assert "got as far as pull" in drifted.recon("status").out
    follows(drifted)
    assert set(drifted.states().values()) == {"verified"}


def test_history_has_a_line_for_every_run(drifted: Shop) -> None:
    assert "no run yet" in drifted.recon("history").out
    assert drifted.recon("run", "--apply").code == 0
    drifted.recon("run")
    rows: list[dict[str, Any]] = drifted.recon("history", "--json").document["runs"]
    assert [(row["drifted_cells"], row["to_repair"], row["verified"], row["exit_code"]) for row in rows] == [
        (1, 1, 1, 0),
        (0, 0, None, 0),
    ]
    lines = drifted.recon("history").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [row["run"] for row in rows]
    assert [line.count("▇") for line in lines[1:]] == [20, 0]
