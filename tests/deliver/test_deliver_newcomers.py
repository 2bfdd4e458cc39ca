"""Who gets their profile in Braze by an `identify` gets everything else in the same night, opt-outs first."""

from __future__ import annotations

import polars as pl
import pytest
from town_world import LABEL, Town


def newcomer(town: Town, **braze: object) -> tuple[str, str]:
    """A person whom Braze knows by an alias alone: the external id, and the alias."""
    ann = town.add("ann", {"city": "Bern", "points": "7"}, in_braze=False)
    return ann, town.loose("phone", "ann", **braze)


def test_a_newcomer_is_corrected_in_the_night_that_identifies_them(town: Town) -> None:
    ann, _ = newcomer(town, fields={"home_city": "Zug"})
    town.write()
    done = town.recon("run", "--apply", "--json")
    assert done.code == 0, done.said
    assert done.document["drift"]["profiles"]["missing_in_braze"] == 1
    assert done.document["drift"]["attributes"]["drifted_cells"] == 0, "a missing person has no rows of drift"
    assert pl.read_parquet(town.run / "drift" / "missing.parquet")["external_id"].to_list() == [ann]
    assert town.states() == {
        (ann, f"identify:{LABEL}"): "verified",
        (ann, "home_city"): "verified",
        (ann, "loyalty_points"): "verified",
    }
    town.sandbox.settle()
    stored = town.stored(ann)
    assert (stored["fields"]["home_city"], stored["custom_attributes"]) == ("Bern", {"loyalty_points": 7})
    again = town.recon("run", "--apply", "--json")
    assert again.code == 0, again.said
    assert again.document["plan"]["corrections"] == {}


def test_an_opt_out_of_a_newcomer_goes_before_the_identify(town: Town) -> None:
    ann, alias = newcomer(town, fields={"home_city": "Bern"}, attributes={"loyalty_points": 7})
    town.opted_out(ann, "email_consent", "digest")
    town.write()
    done = town.recon("run", "--apply", "--json")
    assert done.code == 0, done.said
    path, body = town.asked()[0]
    [first] = body["attributes"]
    assert (path, first["user_alias"]) == ("/users/track", {"alias_label": LABEL, "alias_name": alias})
    assert (first["email_subscribe"], first["_update_existing_only"]) == ("unsubscribed", True)
    assert set(town.states().values()) == {"verified"}
    assert done.document["drift"]["subscriptions"]["unsubscribe"] == 0, "a missing person has no rows of drift"
    town.sandbox.settle()
    assert town.stored(ann)["fields"]["email_subscribe"] == "unsubscribed"
    assert town.recon("run", "--apply", "--json").document["plan"]["corrections"] == {}


def test_while_identify_is_withheld_a_newcomer_gets_their_opt_out_alone(town: Town) -> None:
    ann, alias = newcomer(town)
    town.opted_out(ann)
    town.config["policy"]["breakers"]["identify"] = {"count": 0, "percent": 0}
    town.write()
    done = town.recon("run", "--apply", "--json")
    assert done.code == 4, done.said
    assert done.document["plan"]["corrections"] == {"identify": 1, "unsubscribe": 1}
    [(_, body)] = town.asked()
    assert body["attributes"][0]["user_alias"]["alias_name"] == alias
    assert town.states()[ann, f"identify:{LABEL}"] == "withheld"


def test_looking_at_drift_twice_finds_the_same(town: Town) -> None:
    ann, _ = newcomer(town, fields={"home_city": "Zug"})
    town.write()
    first = town.night()
    for command in ("drift", "plan"):
        again = town.recon(command, "--json")
        assert again.code == 0, again.said
    assert again.document["hash"] == first["hash"]
    told = town.recon("show", "--profile", ann)
    assert f"under {LABEL}" in told.out


def test_a_drift_step_that_broke_off_loses_no_newcomer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It broke off after the alias-only profile had been counted as the person's own."""
    ann, _ = newcomer(town, fields={"home_city": "Zug"})
    town.opted_out(ann)
    town.write()
    first = town.night()
    with monkeypatch.context() as patched:
        patched.setattr("recon.drift.history.compare", broken)
        assert town.recon("drift").code == 1
    for command in ("drift", "plan"):
        again = town.recon(command, "--json")
        assert again.code == 0, again.said
    assert again.document["hash"] == first["hash"]
    assert again.document["corrections"]["unsubscribe"] == 1


def broken(*given: object) -> None:
    raise RuntimeError("broke off")
