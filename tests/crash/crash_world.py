"""A small world whose plan has a correction of every class, and trials: a delivery killed at some moment and resumed.

Each trial begins with the same run folder and the same Braze, and must end as a delivery does that nobody disturbs.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from shop_world import DIGEST, OFFERS, READ_KEY, READERS, WRITE_KEY, Done, Shop, discreet, served

from recon.sandbox.client import Sandbox
from recon.sandbox.settings import Key

LABEL, CARD = "segment_anonymous_id", "loyalty_card"
READS = "users.export.segment users.export.ids custom_attributes.get subscription.groups.get"
MAY_WRITE = "users.track users.alias.new users.identify users.merge users.delete users.external_ids.rename"
APPROVED = ("merge", "delete", "resubscribe")
ONCE = {
    "/users/identify": "aliases_to_identify",
    "/users/external_ids/rename": "external_id_renames",
    "/users/merge": "merge_updates",
    "/users/delete": "external_ids",
}
"""What must not be done twice: path, and the member of the request that lists it."""
AGAIN = {"/users/track": "attributes", "/users/alias/new": "user_aliases"}
"""What may be said twice."""
_CONSENT = ("email_subscribe", "push_subscribe", "subscription_groups")


@contextmanager
def nursery() -> Iterator[Nursery]:
    """The warm parent, for the tests of one process."""
    program = Path(__file__).with_name("nursery.py")
    process = subprocess.Popen([sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield Nursery(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


@dataclass(frozen=True)
class Nursery:
    """Gives orders to the warm parent (nursery.py)."""

    process: subprocess.Popen[str]

    def order(self, do: str, **order: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


def everything(shop: Shop) -> None:
    """People of every kind, in the shop's tables and among what Braze has."""
    shop.config["identity"] = {
        "aliases": [
            {"identifier": "anonymous_id", "label": LABEL},
            {"identifier": "card", "label": CARD},
        ]
    }
    shop.config["policy"] |= {"delete_suppressed": True}
    shop.config["policy"]["breakers"] |= {name: {"count": 100, "percent": 100} for name in ("merge", "delete")}
    shop.config["quality"]["profiles_drop_percent"] = 100
    shop.config["braze"]["limits"] = {"objects_per_request": 2}
    shop.config["cohorts"] = [
        {"audience": "vip", "to": {"attribute": "is_vip"}},
        {"audience": "risk", "to": {"array": "lists"}},
        {"audience": "fans", "to": {"array": "lists"}},
        {"audience": "readers", "to": {"subscription_group": READERS}},
    ]
    shop.config["subscriptions"] = {
        "email": {"trait": "email_consent", "unsubscribed": ["false"]},
        "push": {"trait": "push_consent", "unsubscribed": ["false"]},
        "groups": [
            {"id": DIGEST, "name": "Digest", "channel": "email", "trait": "digest", "unsubscribed": ["false"]},
            {"id": OFFERS, "name": "Offers", "channel": "sms", "trait": "offers", "unsubscribed": ["false"]},
        ],
    }
    out = {"email_subscribe": "unsubscribed"}
    # attributes, and audiences of every form
    for number in range(4):
        shop.add(f"a{number}", {"city": "Bern", "plan": "gold"}, {"plan_tier": "iron"}, {"home_city": "Basel"})
    for number in range(2):
        shop.add(f"c{number}", {"vip": "true", "risk": "true", "readers": "true"}, {"lists": ["theirs"]})
    shop.add("c2", {"vip": "false", "readers": "false"}, {"is_vip": True}, groups={READERS: "Subscribed"})
    # opt-outs, some of people who get other things as well
    for number, traits in enumerate((["email_consent"], ["push_consent", "digest"], ["offers"], ["email_consent"])):
        shop.add(f"o{number}", {"city": "Bern", **dict.fromkeys(traits, "false")})
    # a person's later word against an opt-out
    for number in range(2):
        _opted_out_long_ago(shop, shop.add(f"r{number}", {"email_consent": "true"}, fields=out))
    # aliases: of one profile two
    for number in range(3):
        shop.add(f"l{number}", {"city": "Bern"} if number else {})
        shop.identifier(f"use_{shop.mark}_l{number}", f"{shop.mark}-anon-{number}", "anonymous_id")
    shop.identifier(f"use_{shop.mark}_l0", f"{shop.mark}-card-0", "card")
    # identify: profiles without an id, one of which had opted out, one of which brings an array
    for number in range(3):
        shop.add(f"i{number}", {"city": "Bern", "risk": "true"})
        brought: dict[str, Any] = [{"fields": out}, {"attributes": {"lists": ["brought"]}}, {}][number]
        _loose(shop, f"i{number}", **brought)
    # and a person whom Braze knows by an alias only, and who has opted out
    shop.add("i3", {"city": "Bern", "push_consent": "false"}, in_braze=False)
    _loose(shop, "i3", attributes={"seat": "aisle"})
    # renames
    for number in range(2):
        shop.add(f"n{number}", {"city": "Bern"}, in_braze=False)
        _twin(shop, f"n{number}_b", f"n{number}")
    # merges: three into one, twins that had opted out in Braze or in Segment, twins that bring something
    for number in range(4):
        shop.add(f"m{number}", {"city": "Bern", "fans": "true", "readers": "true" if number == 3 else "false"})
    _twin(shop, "m0_b", "m0", fields=out)
    _twin(shop, "m0_c", "m0", groups={DIGEST: "Unsubscribed"})
    _twin(shop, "m1_b", "m1", attributes={"lists": ["brought"]}, fields={"push_subscribe": "unsubscribed"})
    shop.trait(f"use_{shop.mark}_m2", "push_consent", "false")
    _twin(shop, "m2_b", "m2", attributes={"seat": "window"})
    _twin(shop, "m3_b", "m3", groups={READERS: "Unsubscribed"})
    # suppressed people
    gone = [shop.add(f"d{number}") for number in range(3)]
    rows = "".join(f"{each},2024-01-01T00:00:00Z\n" for each in gone)
    (shop.folder / "suppressed.csv").write_text("user_id,suppressed_at\n" + rows)
    shop.config["segment"]["suppressions"] = "suppressed.csv"
    # and people with whom nothing is wrong
    for number in range(8):
        shop.add(f"z{number}", {"city": "Bern"}, fields={"home_city": "Bern"})


def _twin(shop: Shop, name: str, of: str, **braze: Any) -> None:
    """A further id of the person `of`, newer than the first, with a Braze profile of its own."""
    external_id = shop.add(name, **braze)
    shop.tables["user_identifiers"].pop()
    shop.identifier(f"use_{shop.mark}_{of}", external_id, hours_ago=100)


def _loose(shop: Shop, of: str, **braze: Any) -> None:
    """A Braze profile without external id, whose alias is an anonymous id of the person `of`."""
    shop.add(f"loose_{of}", **braze)
    shop.tables["user_identifiers"].pop()
    alias = f"{shop.mark}-loose-{of}"
    shop.exported[-1] |= {"external_id": None, "user_aliases": [{"alias_name": alias, "alias_label": LABEL}]}
    shop.identifier(f"use_{shop.mark}_{of}", alias, "anonymous_id", 100)


def _opted_out_long_ago(shop: Shop, external_id: str) -> None:
    """What Currents tells of an e-mail opt-out before the newest word in Segment."""
    event = {
        "id": f"{shop.mark}-{external_id}",
        "external_user_id": external_id,
        "time": int((datetime.now(UTC) - timedelta(hours=300)).timestamp()),
        "subscription_status": "Unsubscribed",
        "channel": "email",
        "state_change_source": "Subscription Page",
    }
    name = "users.behaviors.subscription.GlobalStateChange"
    path = shop.folder / f"currents/event_type={name}/date=2026-11-01-00/version=6/{external_id}.avro"
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([event]).write_avro(path)
    shop.config["currents"] = {"files": "currents/event_type=*/date=*/*/*.avro"}


@dataclass
class Ended:
    """What a delivery left behind in Braze, on disk and in the log of requests."""

    profiles: dict[str, Any]
    results: list[dict[str, Any]]
    log: list[dict[str, Any]]

    def objects(self, paths: dict[str, str]) -> list[tuple[str, Any]]:
        """(path, object) of what Braze took, in the order of arrival."""
        return [
            (row["path"], thing)
            for row in self.log
            if row["path"] in paths and row["status"] in (200, 201, 202)
            for thing in json.loads(row["body"])[paths[row["path"]]]
        ]

    def done_once(self) -> Counter[tuple[str, str]]:
        return Counter((path, json.dumps(thing, sort_keys=True)) for path, thing in self.objects(ONCE))

    def said(self) -> set[tuple[str, str, str]]:
        """Every value that was said of a profile: profile, what, value."""
        found = set()
        for path, thing in self.objects(AGAIN):
            who = _who(thing)
            if path == "/users/alias/new":
                found.add((who, f"alias:{thing['alias_label']}", thing["alias_name"]))
                continue
            values = {**thing, **_groups(thing)}
            found |= {
                (who, name, json.dumps(value, sort_keys=True))
                for name, value in values.items()
                if name not in ("external_id", "user_alias", "subscription_groups")
            }
        return found


def _who(thing: dict[str, Any]) -> str:
    """Whose object it is; a profile that has no id yet is called by its alias."""
    return str(thing.get("external_id") or f"s_{thing['user_alias']['alias_name'].removeprefix('s-loose-')}")


def _groups(thing: dict[str, Any]) -> dict[str, str]:
    return {each["subscription_group_id"]: each["subscription_state"] for each in thing.get("subscription_groups", ())}


@dataclass
class World:
    """The world, made once; `undisturbed` is how its delivery ends when nobody interferes."""

    shop: Shop
    nursery: Nursery
    template: Path
    braze_template: Path
    opt_outs: set[tuple[str, str]] = field(default_factory=set)
    undisturbed: Ended = field(default_factory=lambda: Ended({}, [], []))
    moments: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.shop.folder

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    def begin(self, *, held: bool = False) -> None:
        """A fresh state folder and a fresh Braze, which applies what it takes soon, or if `held` when recon waits."""
        self.begin_braze(held=held)
        shutil.rmtree(self.folder / ".recon", ignore_errors=True)
        shutil.copytree(self.template, self.folder / ".recon")

    def begin_braze(self, *, held: bool = False) -> None:
        braze = self.folder / "braze"
        self.shop.sandbox.close()
        shutil.rmtree(braze, ignore_errors=True)
        shutil.copytree(self.braze_template, braze)
        self.shop.sandbox = Sandbox(self.nursery.order("serve", folder=str(braze), held=held)["url"])

    def recon(self, *args: str, killed_after: float | None = None, **driven: Any) -> Done:
        """`recon args…` as a process of its own; `driven` is what the driver is told. What it says is discreet."""
        self.trace.write_bytes(b"")
        said = self.folder / "said"
        plan = {"trace": str(self.trace), "settle": self.shop.sandbox.url, **driven}
        answer = self.nursery.order(
            "recon", args=list(args), cwd=str(self.folder), out=str(said), plan=plan, killed_after=killed_after
        )
        text = said.read_text()
        discreet(text)
        return Done(answer["code"], text, text)

    def passed(self) -> list[str]:
        """The moments that the last command got to."""
        return self.trace.read_text().splitlines()

    def ended(self) -> Ended:
        sandbox = self.shop.sandbox
        sandbox.settle()
        profiles = {profile["braze_id"]: profile for profile in sandbox.profiles()}
        results = sorted(
            (
                {name: row[name] for name in ("correction_id", "class", "external_id", "field", "after", "state")}
                for row in self.shop.results()
            ),
            key=lambda row: row["correction_id"],
        )
        return Ended(profiles, results, sandbox.requests())

    # -- trials

    def killed(self, *kills: dict[str, Any], held: bool = True, verify: bool = False) -> list[str]:
        """A delivery that is killed as each of `kills` says and gone on with each time, as `recon status` advises.

        Braze is `held`: it has applied nothing yet when the next process begins.

        Returns what is different from the undisturbed delivery, as text; nothing if all is well. A kill for which a
        command has ended too early is none.
        """
        self.begin(held=held)
        command: list[str] = ["apply"]
        for kill in kills:
            done = self.recon(*command, **kill)
            if done.code != -9:
                return self._unlike(done, command) or self.finished(verify=verify)
            command = self.advised()
        done = self.recon(*command)
        return self._unlike(done, command) or self.finished(verify=verify)

    def advised(self) -> list[str]:
        """What `recon status` tells a person to type next, without the word recon."""
        said = self.recon("status").out
        found = re.findall(r"`recon ([^`]+)`", said)
        assert found, f"recon status gives no advice: {said}"
        command: str = found[0]
        return command.split()

    def finished(self, *, verify: bool) -> list[str]:
        """Verifies, if asked to, and tells what is different from the undisturbed delivery."""
        if verify:
            done = self.recon("verify")
            if problems := self._unlike(done, ["verify"]):
                return problems
            unproven = [row for row in self.ended().results if row["state"] not in ("verified", "not_applied")]
            if unproven:
                return [f"not verified: {unproven}"]
        return self.differences()

    @staticmethod
    def _unlike(done: Done, command: list[str]) -> list[str]:
        """One correction of the plan is never sent, so a delivery ends with 5."""
        return [] if done.code == 5 else [f"recon {' '.join(command)} ended with {done.code}: {done.out}"]

    def differences(self) -> list[str]:
        """What is different from the undisturbed delivery."""
        found, wanted = self.ended(), self.undisturbed
        for row in found.results:  # whether it was read back already, is not asked here
            row["state"] = {"accepted": "verified"}.get(row["state"], row["state"])
        problems = [
            f"profile {key}: {found.profiles.get(key)} instead of {wanted.profiles.get(key)}"
            for key in sorted(found.profiles.keys() | wanted.profiles.keys())
            if found.profiles.get(key) != wanted.profiles.get(key)
        ]
        problems += [f"result {row}" for row in found.results if row not in wanted.results]
        problems += [f"missing result {row}" for row in wanted.results if row not in found.results]
        if len(found.results) != len(wanted.results):
            problems.append(f"{len(found.results)} results instead of {len(wanted.results)}")
        once, should = found.done_once(), wanted.done_once()
        problems += [
            f"{count} × {what} instead of {should[what]}" for what, count in once.items() if count != should[what]
        ]
        problems += [f"never done: {what}" for what in should if what not in once]
        problems += [f"said besides: {what}" for what in found.said() - wanted.said()]
        problems += [f"never said: {what}" for what in wanted.said() - found.said()]
        return problems + self.before_all_opt_outs(found)

    def before_all_opt_outs(self, ended: Ended) -> list[str]:
        """Writes that came before the first push of some opt-out of the plan."""
        waiting = set(self.opt_outs)
        found = []
        for path, thing in ended.objects({**ONCE, **AGAIN}):
            if path == "/users/track" and thing.keys() <= {
                "external_id",
                "user_alias",
                "_update_existing_only",
                *_CONSENT,
            }:
                said = {name for name in _CONSENT[:2] if name in thing} | {
                    f"subscription_group:{g}" for g in _groups(thing)
                }
                waiting -= {(_who(thing), name) for name in said}
                continue
            if waiting:
                found.append(f"{path} {thing} came before the opt-outs {sorted(waiting)}")
                waiting = set()
        return found


def make(folder: Path, parent: Nursery) -> World:
    """Seeds Braze, plans and approves, delivers once undisturbed, and keeps what that took and gave."""
    braze = folder / "braze-template"
    braze.mkdir()
    keys = [Key("read", READ_KEY, READS.split()), Key("write", WRITE_KEY, MAY_WRITE.split())]
    with served(braze, keys=keys, apply_delay=[0.0, 0.02]) as sandbox:
        home = folder / "shop"
        home.mkdir()
        shop = Shop(home, sandbox)
        shop.mark = "s"
        everything(shop)
        shop.variables["SANDBOX_URL"] = "http://127.0.0.1:1"
        shop.write()
    world = World(shop, parent, folder / "template", braze)
    world.begin_braze()
    shop.variables["SANDBOX_URL"] = shop.sandbox.url
    shop.configure()
    done = world.recon("run")
    assert done.code == 0, done.out
    for name in APPROVED:
        plan = shop.run_document["steps"]["plan"]["result"]["plan"]
        done = world.recon("approve", plan, "--class", name, "--by", "Ada")
        assert done.code == 0, done.out
    planned = pl.read_parquet(shop.run / "plan" / "corrections.parquet").to_dicts()
    world.opt_outs = {(row["external_id"], row["field"]) for row in planned if row["class"] == "unsubscribe"}
    shutil.copytree(home / ".recon", world.template)
    world.begin()
    done = world.recon("apply")
    assert done.code == 5, done.out
    world.moments = world.passed()
    done = world.recon("verify")
    assert done.code == 5, done.out
    world.undisturbed = world.ended()
    return world


def failures(world: World, trials: Iterable[list[dict[str, Any]]], *, held: bool | None = None) -> list[str]:
    """What went wrong in trials, each a list of kills; some of them are verified at the end as well.

    Braze is `held` or not in all of them, or in every second.
    """
    found = []
    for number, kills in enumerate(trials):
        problems = world.killed(*kills, held=number % 2 == 0 if held is None else held, verify=number % 9 == 0)
        found += [f"{kills}: {problem}"[:2_000] for problem in problems]
    return found


def at_each(moments: Iterable[str], **driven: Any) -> Iterator[list[dict[str, Any]]]:
    """A trial for each of `moments`, those of the same name told apart by their order."""
    counts: Counter[str] = Counter()
    for name in moments:
        yield [{"kill_on": [name, counts[name]], **driven}]
        counts[name] += 1


def by_chance(world: World, seed: int, count: int) -> Iterator[list[dict[str, Any]]]:
    """Trials killed at any moment, some at any time; a third is killed once more while it is gone on with."""
    chance = random.Random(seed)
    for number in range(count):
        flush = {"flush": chance.choice([0.0, 1e9])}
        kills: list[dict[str, Any]] = [{"kill_at": chance.randrange(len(world.moments)), **flush}]
        if number % 5 == 0:
            kills = [{"killed_after": chance.uniform(0.01, 1.0), **flush}]
        if number % 3 == 0:
            kills.append({"kill_at": chance.randrange(len(world.moments)), **flush})
        yield kills
