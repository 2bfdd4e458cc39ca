"""Duplicate profiles (design §6.3): each trap by its name, and clusters of any shape."""

from __future__ import annotations

import itertools
import random
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_world import Shop

from recon.drift import duplicate
from recon.store import sql

LABEL = "segment_anonymous_id"


@pytest.fixture
def people(shop: Shop) -> Shop:
    """A shop that keeps anonymous ids as aliases."""
    shop.config["identity"] = {"aliases": [{"identifier": "anonymous_id", "label": LABEL}]}
    shop.add("zoe", {"city": "Bern"}, fields={"home_city": "Bern"})
    return shop


def twin(shop: Shop, name: str, of: str, *, hours_ago: float = 100, in_braze: bool = True, **braze: Any) -> str:
    """A further user_id of the person `of`, in Braze with its own profile; their own id is 480 hours old."""
    external_id = shop.add(name, in_braze=in_braze, **braze)
    row = shop.tables["user_identifiers"][-1]
    shop.tables["user_identifiers"].remove(row)
    shop.identifier(f"use_{shop.mark}_{of}", external_id, hours_ago=hours_ago)
    return external_id


def alias(shop: Shop, name: str, label: str = LABEL) -> None:
    """The last added Braze profile has this alias."""
    shop.exported[-1]["user_aliases"].append({"alias_name": f"{shop.mark}-{name}", "alias_label": label})


def loose(shop: Shop, *names: str) -> None:
    """A Braze profile that has but aliases, of the labels LABEL, b, c …"""
    shop.add("loose " + " ".join(names))
    shop.tables["user_identifiers"].pop()
    shop.exported[-1]["external_id"] = None
    for name, label in zip(names, (LABEL, "b", "c"), strict=False):
        alias(shop, name, label)


def anonymous(shop: Shop, person: str, name: str, hours_ago: float | None = 100, type: str = "anonymous_id") -> None:
    shop.identifier(f"use_{shop.mark}_{person}", f"{shop.mark}-{name}", type, hours_ago)


def table(shop: Shop) -> pl.DataFrame:
    return pl.read_parquet(shop.run / "drift" / "duplicate.parquet")


def pairs(shop: Shop) -> list[tuple[str, str, str]]:
    """Runs the night up to its drift: (kind, keep, other), ids without the shop's mark."""
    shop.write_export()
    shop.write()
    for command in ("pull", "load", "drift"):
        done = shop.recon(command, "--json")
        assert done.code == 0, done.said
    found = table(shop)
    counts = done.document["duplicates"]
    assert counts == {kind: len(found.filter(kind=kind)) for kind in duplicate.KINDS}
    assert not found["evidence"].str.contains("@").any()
    rows = found.select("kind", "keep", "other").rows()
    return sorted((kind, *(name[len(shop.mark) + 1 :] for name in ids)) for kind, *ids in rows)


def test_a_chain_of_merges_becomes_a_star_around_the_survivor(people: Shop) -> None:
    people.add("ann")
    twin(people, "ann_b", "ann", hours_ago=200)
    row = people.tables["user_identifiers"][-1]
    row["canonical_segment_id"] = "mid"
    twin(people, "ann_c", "ann", hours_ago=100)
    people.tables["user_identifiers"][-1]["canonical_segment_id"] = "low"
    for winner, loser in ((f"use_{people.mark}_ann", "mid"), ("mid", "low")):
        people.tables["profile_merges"].append(
            {"canonical_segment_id": winner, "segment_id": loser, "seq": None, "timestamp": None}
        )
    assert pairs(people) == [("merge", "ann", "ann_b"), ("merge", "ann", "ann_c")]
    assert set(table(people)["cluster"]) == {f"{people.mark}_ann"}


def test_keep_newest_lets_the_newest_id_survive(people: Shop) -> None:
    people.config["identity"]["keep"] = "newest"
    people.add("ann")
    twin(people, "ann_b", "ann")
    assert pairs(people) == [("merge", "ann_b", "ann")]


def test_a_losing_twin_gets_no_attribute_corrections(people: Shop) -> None:
    people.add("ann", {"city": "Bern"}, fields={"home_city": "Bern"})
    twin(people, "ann_b", "ann", fields={"home_city": "Basel"})
    assert pairs(people) == [("merge", "ann", "ann_b")]
    assert people.drift() == []


def test_an_id_that_never_reached_braze_is_no_twin(people: Shop) -> None:
    people.add("ann")
    twin(people, "ann_b", "ann", in_braze=False)
    assert pairs(people) == []


def test_a_merged_away_id_alone_in_braze_is_to_be_renamed(people: Shop) -> None:
    people.add("ann", in_braze=False)
    twin(people, "ann_b", "ann")
    assert pairs(people) == [("rename", "ann", "ann_b")]


def test_of_two_wrong_ids_one_is_merged_before_the_other_is_renamed(people: Shop) -> None:
    people.add("ann", in_braze=False)
    twin(people, "ann_b", "ann", hours_ago=100)
    twin(people, "ann_c", "ann", hours_ago=50)
    assert pairs(people) == [("merge", "ann_b", "ann_c")]


def test_ids_that_differ_by_case_or_spaces_are_different_people(people: Shop) -> None:
    for name in ("ann", "Ann", "ann ", " ann"):
        people.add(name)
    assert pairs(people) == []


def test_of_two_claims_to_an_id_the_newest_decides_whose_twin_it_is(people: Shop) -> None:
    people.add("ann")
    people.add("ben")
    people.add("cleo")
    for owner, hours_ago in (("ann", 90), ("ben", 60)):
        people.identifier(f"use_{people.mark}_{owner}", f"{people.mark}_cleo", hours_ago=hours_ago)
    assert pairs(people) == [("merge", "ben", "cleo")]


def test_an_alias_that_is_lacking_is_the_newest_identifier(people: Shop) -> None:
    people.add("ann")
    for name, hours_ago in (("old", 300), ("new", 100), ("timeless", None)):
        anonymous(people, "ann", name, hours_ago)
    anonymous(people, "ann", "newer", 10, type="ga_client_id")
    assert pairs(people) == [("alias", "ann", "new")]


def test_a_taken_label_is_left_alone(people: Shop) -> None:
    people.add("ann")
    alias(people, "other")
    anonymous(people, "ann", "mine")
    assert pairs(people) == []


def test_a_pair_that_another_profile_has_is_left_alone(people: Shop) -> None:
    people.add("ann")
    anonymous(people, "ann", "shared")
    people.add("ben")
    alias(people, "shared")
    assert pairs(people) == []


def test_the_same_name_under_another_label_takes_nothing(people: Shop) -> None:
    people.add("ann")
    alias(people, "mine", label="crm")
    anonymous(people, "ann", "mine")
    assert pairs(people) == [("alias", "ann", "mine")]


def test_people_who_are_not_in_braze_lack_no_alias(people: Shop) -> None:
    people.add("ann", in_braze=False)
    anonymous(people, "ann", "mine")
    assert pairs(people) == []


def test_identify_covers_the_alias_it_brings(people: Shop) -> None:
    people.config["identity"]["aliases"].append({"identifier": "ga_client_id", "label": "b"})
    people.add("ann")
    anonymous(people, "ann", "web")
    anonymous(people, "ann", "ga", type="ga_client_id", hours_ago=200)
    loose(people, "web", "ga")
    assert pairs(people) == [("identify", "ann", "web")]


def test_an_alias_profile_is_identified_with_the_survivor_of_twins(people: Shop) -> None:
    people.add("ann")
    twin(people, "ann_b", "ann")
    anonymous(people, "ann", "web")
    loose(people, "web")
    assert pairs(people) == [("identify", "ann", "web"), ("merge", "ann", "ann_b")]
    assert set(table(people)["cluster"]) == {f"{people.mark}_ann"}


def test_an_alias_profile_whose_label_is_taken_is_named_as_blocked(people: Shop) -> None:
    people.add("ann")
    alias(people, "phone")
    anonymous(people, "ann", "laptop")
    loose(people, "laptop")
    assert pairs(people) == [("suspected", "ann", "laptop")]
    assert "blocked, the user has another name under this label" in table(people)["evidence"][0]


def test_of_two_alias_profiles_the_newest_takes_the_label(people: Shop) -> None:
    people.add("ann")
    for name, hours_ago in (("old", 300), ("new", 100)):
        anonymous(people, "ann", name, hours_ago)
        loose(people, name)
    assert pairs(people) == [("identify", "ann", "new"), ("suspected", "ann", "old")]


def test_an_alias_profile_of_two_people_has_two_survivors_and_is_blocked(people: Shop) -> None:
    people.config["identity"]["aliases"].append({"identifier": "ga_client_id", "label": "b"})
    people.add("ann")
    people.add("ben")
    anonymous(people, "ann", "web")
    anonymous(people, "ben", "ga", type="ga_client_id")
    loose(people, "web", "ga")
    assert pairs(people) == [("suspected", "ann", "ben")]
    assert "two survivors" in table(people)["evidence"][0]


def test_an_alias_profile_of_an_anonymous_person_is_nobodys_duplicate(people: Shop) -> None:
    anonymous(people, "nobody", "web")
    people.add("ann")
    loose(people, "web")
    assert pairs(people) == []


def test_two_people_who_share_an_address_are_only_suspected(people: Shop) -> None:
    mail, phone = f"{people.mark}.family@example.com", f"+1415555{people.mark[1:]:0>4}"
    people.add("ann", fields={"email": mail, "phone": phone})
    people.add("ben", fields={"email": mail.title(), "phone": phone})
    people.add("cleo", fields={"email": mail})
    people.add("dan", fields={"email": f"x{mail}"})
    assert pairs(people) == [("suspected", "ann", "ben"), ("suspected", "ann", "cleo")]
    assert sorted(table(people)["evidence"]) == [
        "the same e-mail address and phone number in Braze, not linked in Segment",
        "the same e-mail address in Braze, not linked in Segment",
    ]


def test_twins_of_one_person_who_share_an_address_are_not_suspected(people: Shop) -> None:
    mail = f"{people.mark}.ann@example.com"
    people.add("ann", fields={"email": mail})
    twin(people, "ann_b", "ann", fields={"email": mail})
    assert pairs(people) == [("merge", "ann", "ann_b")]


def test_a_braze_profile_that_segment_does_not_know_is_not_suspected(people: Shop) -> None:
    mail = f"{people.mark}.ann@example.com"
    people.add("ann", fields={"email": mail})
    people.add("orphan", fields={"email": mail})
    people.tables["user_identifiers"].pop()
    assert pairs(people) == []


def test_nothing_is_told_of_suppressed_people(people: Shop) -> None:
    mail = f"{people.mark}.ann@example.com"
    people.config["segment"]["suppressions"] = "suppressions.csv"
    (people.folder / "suppressions.csv").write_text(f"user_id,suppressed_at\n{people.mark}_ann_b,2026-01-01\n")
    people.add("ann", fields={"email": mail})
    twin(people, "ann_b", "ann")
    anonymous(people, "ann", "web")
    anonymous(people, "ann", "phone")
    loose(people, "web")
    people.add("ben", fields={"email": mail})
    people.add("cleo", in_braze=False)
    assert pairs(people) == []


def test_without_mapped_addresses_and_configured_aliases_merges_are_found_all_the_same(shop: Shop) -> None:
    shop.config["attributes"] = [{"trait": "city", "to": "home_city"}]
    shop.add("ann", {"city": "Bern"}, fields={"home_city": "Bern"})
    twin(shop, "ann_b", "ann")
    anonymous(shop, "ann", "web")
    assert pairs(shop) == [("merge", "ann", "ann_b")]


# Clusters


def clustered(links: list[tuple[str, str]]) -> dict[str, str]:
    """Cluster by id, of links between ids."""
    with duckdb.connect() as con:
        sql.run(con, "drift/duplicate/start")
        con.execute(
            "insert into found (kind, keep, other) select 'suspected', unnest($keeps), unnest($others)",
            {"keeps": [keep for keep, _ in links], "others": [other for _, other in links]},
        )
        duplicate.cluster(con)
        sql.run(con, "drift/duplicate/drift")
        rows = con.execute("select keep, cluster from duplicate_drift union select other, cluster from duplicate_drift")
        return dict(rows.fetchall())


def by_hand(links: list[tuple[str, str]]) -> dict[str, str]:
    group: dict[str, set[str]] = {}
    for one, two in links:
        both = group.get(one, {one}) | group.get(two, {two})
        group |= dict.fromkeys(both, both)
    return {name: min(members) for name, members in group.items()}


IDS = st.sampled_from([f"u{number}" for number in range(12)] + ["A", "a", " a", "é"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), min_size=1))
def test_clusters_are_connected_components_named_by_their_least_member(links: list[tuple[str, str]]) -> None:
    assert clustered(links) == by_hand(links)


def star(ids: list[str]) -> list[tuple[str, str]]:
    return [(ids[0], other) for other in ids[1:]]


def chain(ids: list[str]) -> list[tuple[str, str]]:
    return list(itertools.pairwise(ids))


@pytest.mark.parametrize("shape", [star, chain])
@pytest.mark.parametrize("order", ["sorted", "shuffled"])
def test_one_cluster_of_10_000_among_100_000_small_ones(shape: Any, order: str) -> None:
    large = [f"c{number:05}" for number in range(10_000)]
    if order == "shuffled":
        random.Random(7).shuffle(large)
    found = clustered([(f"s{number}a", f"s{number}b") for number in range(100_000)] + shape(large))
    assert {found[name] for name in large} == {"c00000"}
    assert len(set(found.values())) == 100_001
    assert found["s77b"] == "s77a"
