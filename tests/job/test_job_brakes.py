"""What holds a delivery back, and what it says then."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from shop_world import Shop


@pytest.fixture
def drifted(shop: Shop) -> Shop:
    """Twelve people of forty miss their city, one of them also the points."""
    for number in range(40):
        held = "Basel" if number < 12 else "Bern"
        shop.add(f"p{number:02}", {"city": "Bern"} | ({"points": "7"} if number == 0 else {}), {}, {"home_city": held})
    return shop.write()


def test_a_breaker_trips_above_count_and_percent(drifted: Shop) -> None:
    drifted.configure(lambda config: config["policy"]["breakers"].update(attribute={"count": 12, "percent": 29}))
    done = drifted.recon("run", "--apply", "--json")
    assert done.code == done.document["exit_code"] == 4
    assert done.document["plan"]["withheld"]["attribute"]["n"] == 13
    assert "13 corrections on 30.0 %" in done.document["plan"]["withheld"]["attribute"]["reason"]
    assert drifted.tracks() == []
    assert set(drifted.states().values()) == {"withheld"}
    assert done.document["apply"]["states"]["withheld"] == 13
    assert done.document["plan"]["price"]["objects"] == 0
    assert "recon show plan" in drifted.recon("status").out


@pytest.mark.parametrize("breaker", [{"count": 13, "percent": 0}, {"count": 0, "percent": 30}])
def test_a_breaker_does_not_trip_above_only_one_of_the_two(drifted: Shop, breaker: dict[str, int]) -> None:
    drifted.configure(lambda config: config["policy"]["breakers"].update(attribute=breaker))
    done = drifted.recon("run", "--json")
    assert done.code == 0
    assert done.document["plan"]["withheld"] == {}


def test_withheld_drift_without_apply_is_no_failure(drifted: Shop) -> None:
    drifted.configure(lambda config: config["policy"]["breakers"].update(attribute={"count": 0, "percent": 0}))
    done = drifted.recon("run")
    assert done.code == 0
    assert "withheld" in done.out


@pytest.mark.parametrize(("name", "words"), [("data_points", "13 data points of 12"), ("requests", "1 requests of 0")])
def test_a_price_above_the_budget_withholds_everything(drifted: Shop, name: str, words: str) -> None:
    drifted.configure(lambda config: config["policy"].update(budget={name: 12 if name == "data_points" else 0}))
    done = drifted.recon("run", "--apply", "--json")
    assert done.code == 4
    assert words in done.document["plan"]["withheld"]["attribute"]["reason"]
    assert drifted.tracks() == []


def test_the_same_input_makes_the_same_plan_byte_by_byte(drifted: Shop) -> None:
    made = []
    for _ in range(2):
        assert drifted.recon("run").code == 0
        made.append([(drifted.run / "plan" / name).read_bytes() for name in ("plan.json", "corrections.parquet")])
    assert made[0] == made[1]
    rows = pl.read_parquet(drifted.run / "plan" / "corrections.parquet").select("stage", "external_id", "field").rows()
    assert rows == sorted(rows)


def test_another_value_or_another_configuration_makes_another_plan(drifted: Shop) -> None:
    hashes = {drifted.recon("run", "--json").document["plan"]["hash"]}
    drifted.configure(lambda config: config["policy"].update(give_up_after=5))
    hashes.add(drifted.recon("run", "--json").document["plan"]["hash"])
    drifted.tables["user_traits"][0]["value"] = "Zug"
    drifted.write_table("user_traits")
    hashes.add(drifted.recon("run", "--json").document["plan"]["hash"])
    assert len(hashes) == 3


def test_the_plans_hash_covers_every_correction(drifted: Shop) -> None:
    document = drifted.recon("run", "--json").document["plan"]
    plan = json.loads((drifted.run / "plan" / "plan.json").read_text())
    assert plan["hash"] == document["hash"]
    assert document["hash"].startswith(document["plan"])


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(drifted: Shop) -> None:
    drifted.recon("run")
    done = drifted.recon("apply", "--dry-run", "--json")
    assert done.code == 0
    assert done.document["stages"]["attributes"] == {"profiles": 12, "corrections": 13, "requests": 1}
    assert "nothing was sent" in drifted.recon("apply", "--dry-run", "--limit", "5").out
    assert drifted.tracks() == []
    assert "apply" not in drifted.run_document["steps"]


def test_a_limit_delivers_the_first_profiles_and_a_later_apply_the_rest(drifted: Shop) -> None:
    drifted.recon("run")
    done = drifted.recon("apply", "--limit", "5", "--json")
    assert done.code == 0
    assert (done.document["states"]["accepted"], done.document["states"]["planned"]) == (6, 7)
    assert [len(objects) for objects in drifted.sent()] == [5]
    assert "recon apply --resume" in drifted.recon("status").out
    assert drifted.recon("apply", "--resume").code == 0
    everybody = [thing["external_id"] for objects in drifted.sent() for thing in objects]
    assert len(everybody) == len(set(everybody)) == 12
    assert drifted.recon("verify").code == 0
    assert set(drifted.states().values()) == {"verified"}


def test_only_one_stage(drifted: Shop) -> None:
    drifted.recon("run")
    assert drifted.recon("apply", "--only", "identity").code == 0
    assert drifted.tracks() == []
    assert drifted.recon("apply", "--only", "attributes").code == 0
    assert len(drifted.sent()[0]) == 12


def test_a_delivered_plan_is_not_sent_twice(drifted: Shop) -> None:
    drifted.recon("run", "--apply")
    sent = len(drifted.tracks())
    done = drifted.recon("apply", "--json")
    assert done.code == 0
    assert done.document["states"]["verified"] == 13
    assert len(drifted.tracks()) == sent


def _other_mapping(shop: Shop) -> None:
    shop.configure(lambda config: config["attributes"][3].update(sql="upper(value)"))


def _other_traits(shop: Shop) -> None:
    shop.tables["user_traits"][0]["value"] = "Zug"
    shop.write_table("user_traits")


def _one_more_file(shop: Shop) -> None:
    shop.write_table("user_identifiers", file="part-1")


def _newer_run(shop: Shop) -> None:
    assert shop.recon("pull").code == 0


@pytest.mark.parametrize(
    ("move", "named"),
    [
        (_other_mapping, "recon.yml"),
        (_other_traits, "user_traits"),
        (_one_more_file, "user_identifiers"),
        (_newer_run, "a newer run"),
    ],
)
def test_a_stale_plan_is_refused_and_what_moved_is_named(drifted: Shop, move: Any, named: str) -> None:
    run = drifted.recon("run", "--json").document["run"]
    move(drifted)
    for extra in ([], ["--dry-run"]):
        done = drifted.recon("apply", "--run", run, *extra)
        assert done.code == 4
        assert named in done.err
        assert "recon run" in done.err
    assert drifted.tracks() == []


def test_a_key_or_the_state_folder_may_change_without_making_the_plan_stale(drifted: Shop) -> None:
    drifted.recon("run")
    drifted.configure(lambda config: config["privacy"].update(keep_runs="60d"))
    assert drifted.recon("apply").code == 0
