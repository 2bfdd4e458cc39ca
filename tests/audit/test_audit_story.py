"""What the audit says of a story: an opt-out at t1, two e-mails at t2 and t3, the repair at t4, its proof at t5."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import currents_world as currents
import polars as pl
import pytest
from shop_world import Shop
from shop_world import served as served_shops

from recon.config.loading import load
from recon.report.audit import ledger
from recon.store.pseudonyms import Pseudonyms

KEY = "signing-key-0123456789abcdef"
NEWS, WELCOME = "'@News", '=HYPERLINK("http://x", "Welcome")'
"""Names that a spreadsheet would run, the first one behind an apostrophe."""


def moment(hours_ago: float) -> str:
    return f"{datetime.fromtimestamp(currents.seconds(hours_ago), UTC):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop whose nights are over: every test here reads it, or a copy."""
    with served_shops(tmp_path_factory.mktemp("braze")) as sandbox:
        shop = Shop(tmp_path_factory.mktemp("story"), sandbox)
        mark = shop.mark
        shop.config["subscriptions"] = {"email": {"trait": "email_consent", "unsubscribed": ["false"]}}
        shop.config["currents"] = {"files": currents.PATTERN, "since": "7d"}
        shop.config["audit"] = {"signing_key": "${AUDIT_KEY}"}
        shop.config["segment"]["suppressions"] = "segment/suppressions.csv"
        shop.variables["AUDIT_KEY"] = KEY

        def person(name: str, address: str, consent: str | None, hours_ago: float, **fields: Any) -> str:
            mail = f"{mark}.{address}@example.com"
            who = shop.add(name, {"email": mail}, {}, {"email": mail, **fields})
            if consent:
                shop.trait(f"use_{mark}_{name}", "email_consent", consent, hours_ago)
            return who

        out = person("out", "out", "false", 40)
        person("twin", "shared", "false", 40)
        person("other", "shared", None, 0)
        glad = person("glad", "glad", "true", 400)
        person("quiet", "quiet", None, 0, email_subscribe="unsubscribed")
        person("gone", "gone", None, 0)
        table = shop.folder / "segment" / "suppressions.csv"
        table.parent.mkdir(parents=True)
        table.write_text(f"user_id,suppressed_at\n{mark}_gone,2026-01-05T00:00:00Z\n")
        shop.write()

        def mails(*rows: dict[str, Any], kind: str = currents.SEND, offset: int = 0) -> None:
            currents.write(shop.folder, kind, rows, offset=offset)

        news = {"campaign_id": "c1", "campaign_name": NEWS}
        mails(
            currents.event(1, out, 30, **news),
            currents.event(2, out, 20, canvas_id="v1", canvas_name=WELCOME),
            currents.event(2, out, 20, canvas_id="v1", canvas_name=WELCOME),
            currents.event(3, out, 50, **news),
            currents.event(4, glad, 20, **news),
        )
        mails(currents.event(5, out, 19, **news), kind="users.messages.email.Bounce")
        mails(currents.event(6, out, 18, **news), kind="users.messages.pushnotification.Send")
        night = shop.recon("run", "--apply", "--debug")
        assert night.code == 0, night.said
        done = shop.recon("audit", "--json", "--reveal")
        assert done.code == 0, done.said
        yield shop


def told(shop: Shop) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((shop.run / "audit" / "audit.json").read_text())
    return document


def test_the_story_is_told_as_it_was(story: Shop) -> None:
    said = told(story)
    rows = {row["person"].partition("_")[2]: row for row in said["opt_outs"] if row["field"] == "email_subscribe"}
    assert set(rows) == {"out", "twin", "other", "quiet", "gone"}
    out = rows["out"]
    assert abs(datetime.fromisoformat(out["since"]) - datetime.fromisoformat(moment(40))) < timedelta(minutes=5)
    assert out["evidence"] == "segment"
    assert out["messages"] == 2
    assert out["since"] < out["first_seen"] <= out["pushed_at"] <= out["proven_at"] == out["held_at"]
    assert (out["braze"], out["reachable"], out["business"], out["undue"]) == ("unsubscribed", False, "kept", "kept")
    assert rows["twin"]["shared_by"] == rows["other"]["shared_by"] == 2
    assert rows["other"]["proven_at"]
    assert rows["quiet"]["evidence"] == "only braze"
    assert rows["gone"]["since"] == "2026-01-05T00:00:00Z"
    assert (rows["gone"]["business"], rows["gone"]["business_due"]) == ("late", "2026-01-19")


def test_messages_are_told_with_campaign_and_time_and_only_the_channel_opted_out_of(story: Shop) -> None:
    sent = [(row["campaign"], row["event_type"], row["person"]) for row in told(story)["messages"]]
    who = f"{story.mark}_out"
    assert sent == [(WELCOME, currents.SEND, who), (NEWS, currents.SEND, who)]


def test_a_suppressed_person_that_braze_still_has_is_told(story: Shop) -> None:
    [row] = told(story)["deletions"]
    assert (row["person"], row["braze"], row["asked_at"]) == (f"{story.mark}_gone", "present", "2026-01-05T00:00:00Z")
    assert told(story)["counts"]["not_deleted"] == 1


def test_page_and_table_say_the_same_and_name_nobody_unless_asked(story: Shop, copy: Shop) -> None:
    revealed = (story.run / "audit" / "audit.html").read_text()
    assert f"{story.mark}_out" in revealed
    assert "never deleted" in revealed
    with (story.run / "audit" / "audit.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["what"] for row in rows] == ["opt-out"] * len(told(story)["opt_outs"]) + ["message"] * 2 + ["deletion"]
    assert [row["person"] for row in rows[:-3]] == [row["person"] for row in told(story)["opt_outs"]]
    assert [row["campaign"] for row in rows[-3:-1]] == [f"'{WELCOME}", f"'{NEWS}"], "no spreadsheet runs them"
    assert copy.recon("audit").code == 0
    for name in ("audit.html", "audit.csv", "audit.json"):
        assert f"{story.mark}_" not in (copy.run / "audit" / name).read_text()
    pseudonyms = Pseudonyms(load(copy.folder / "recon.yml"))
    named = {row["person"] for row in told(copy)["opt_outs"]}
    assert pseudonyms.of(f"{story.mark}_out") in named, "the same as in every other report"


@pytest.fixture
def copy(story: Shop, tmp_path: Path) -> Shop:
    """The story with its state in another folder, to be spoiled."""
    folder = tmp_path / "copy"
    shutil.copytree(story.folder, folder)
    other = Shop.__new__(Shop)
    other.__dict__.update({**story.__dict__, "folder": folder})
    return other


def test_recording_again_adds_nothing_and_a_lost_night_is_made_up_for(copy: Shop) -> None:
    ledger = copy.folder / ".recon" / "audit"
    count = len(list(ledger.glob("*.jsonl")))
    before = told(copy)["counts"]
    assert copy.recon("audit", "--json").document["counts"] == before
    assert len(list(ledger.glob("*.jsonl"))) == count + 1  # the hashes of the new page
    shutil.rmtree(ledger)  # killed before the first file
    assert copy.recon("audit", "--json").document["counts"] == before


def test_copies_by_column_say_the_same_and_one_that_was_touched_is_not_believed(
    copy: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recon.report.audit.columns.LARGE", 4)
    before = told(copy)
    lists = ("counts", "opt_outs", "messages", "deletions")
    folder = copy.folder / ".recon" / "audit" / "columns"
    made = copy.recon("audit", "--json", "--reveal").document
    [path] = folder.glob("*.parquet")
    written = path.read_bytes()
    first = min(folder.parent.glob("*.jsonl"))
    text = first.read_bytes()
    first.write_bytes(text.replace(b'"standing"', b'"xtanding"'))  # only read where there is no copy
    read = copy.recon("audit", "--json", "--reveal").document
    first.write_bytes(text)
    pl.read_parquet(path).head(3).write_parquet(path)
    believed = copy.recon("audit", "--json", "--reveal").document
    for name in lists:
        assert made[name] == read[name] == believed[name] == before[name]
    assert pl.read_parquet(path).equals(pl.read_parquet(written)), "made again"
    assert copy.recon("audit", "verify").code == 0


def test_without_a_key_no_copy_by_column_is_made_or_believed(copy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.report.audit.columns.LARGE", 4)
    del copy.config["audit"]
    copy.configure()
    before = told(copy)
    columns = copy.folder / ".recon" / "audit" / "columns"
    assert not columns.exists()
    first = min(columns.parent.glob("*.jsonl"))
    planted = columns / f"{first.stem}.parquet"
    columns.mkdir()
    pl.DataFrame(schema={"n": pl.Int32} | dict.fromkeys(ledger.COLUMNS, pl.String)).write_parquet(planted)
    hashes = {"of": ledger.digest(first), "sha256": ledger.digest(planted), "signature": None}
    planted.with_suffix(".json").write_text(json.dumps(hashes))
    after = copy.recon("audit", "--json", "--reveal").document
    for name in ("counts", "opt_outs", "messages", "deletions"):
        assert after[name] == before[name]


def test_times_are_utc_wherever_the_machine_stands(copy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(copy)
    shutil.rmtree(copy.folder / ".recon" / "audit")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    process = copy.spawn("audit", "--json", "--reveal")
    out, err = process.communicate()
    assert process.returncode == 0, err
    after = json.loads(out)
    for name in ("opt_outs", "messages", "deletions"):
        assert after[name] == before[name]


def test_a_ledger_that_cannot_be_read_costs_no_night_and_is_told(copy: Shop) -> None:
    newest = max((copy.folder / ".recon" / "audit").glob("*.jsonl"))
    whole = newest.read_bytes()
    for spoiled in (b"", whole.replace(b'{"kind"', b'{"kind', 1)):
        newest.write_bytes(spoiled)
        done = copy.recon("audit")
        assert done.code == 3, done.said
        assert "`recon audit verify`" in done.err
    night = copy.recon("run", "--from", "drift", "-q")
    assert night.code == 0, night.said
    assert "was not recorded for the audit" in night.err
    newest.write_bytes(whole)
    assert copy.recon("audit").code == 0
    assert len(list(newest.parent.glob("*.jsonl"))) == 4, "the night is made up for, and there is one more report"


def test_a_later_night_tells_what_ended_and_what_was_deleted(copy: Shop) -> None:
    quiet, gone = f"{copy.mark}_quiet", f"{copy.mark}_gone"
    copy.post("/users/track", {"attributes": [{"external_id": quiet, "email_subscribe": "subscribed"}]})
    copy.sandbox.settle()
    copy.post("/users/delete", {"external_ids": [gone]})
    copy.sandbox.settle()
    assert copy.recon("run").code == 3, "one of six profiles is gone"
    night = copy.recon("run", "--from", "drift")
    assert night.code == 0, night.said
    said = copy.recon("audit", "--json", "--reveal").document
    rows = {row["person"]: row for row in said["opt_outs"]}
    assert rows[quiet]["ended_at"] > rows[quiet]["first_seen"]
    assert [(row["person"], row["braze"]) for row in said["deletions"]] == [(gone, "absent")]
    assert said["counts"]["not_deleted"] == 0
    assert copy.recon("audit", "verify").code == 0


def test_it_stays_true_after_the_run_is_pruned(copy: Shop) -> None:
    before = told(copy)["counts"]
    for name in ("drift", "plan"):
        shutil.rmtree(copy.run / name)
    (copy.run / "work.duckdb").unlink()
    assert copy.recon("audit", "--json").document["counts"] == before


def test_as_of_and_since_are_kept(copy: Shop) -> None:
    early = copy.recon("audit", "--as-of", "2026-01-01")
    assert early.code == 2
    assert "--as-of" in early.err
    later = copy.recon("audit", "--json", "--since", moment(25)).document
    assert [row["campaign"] for row in later["messages"]] == [WELCOME]


def test_what_nobody_touched_passes(copy: Shop) -> None:
    done = copy.recon("audit", "verify")
    assert done.code == 0, done.said
    assert "untouched" in done.out
    assert "2 signed" in done.out


def _lines(change: Callable[[list[bytes]], Any]) -> Callable[[list[Path]], None]:
    def spoil(files: list[Path]) -> None:
        lines = files[0].read_bytes().splitlines(keepends=True)
        change(lines)
        files[0].write_bytes(b"".join(lines))

    return spoil


def _edited(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b"2026", b"2025", 1)


def _swapped(files: list[Path]) -> None:
    held = files[0].read_bytes()
    files[0].write_bytes(files[1].read_bytes())
    files[1].write_bytes(held)


def _head(files: list[Path]) -> None:
    head = files[0].with_name("head.json")
    head.write_text(head.read_text().replace('"sequence":2', '"sequence":1'))


def _signature(files: list[Path]) -> None:
    lines = files[-1].read_bytes().splitlines(keepends=True)
    lines[-1] = b'{"signature":"' + b"0" * 64 + b'"}\n'
    files[-1].write_bytes(b"".join(lines))


def _rewritten(files: list[Path]) -> None:
    """Somebody without the key writes the whole ledger anew, in recon's own way."""
    from recon.report.audit.ledger import Ledger

    folder = files[0].parent
    forged = Ledger(folder.with_name("forged"), None)
    for path in files:
        rows = [json.loads(line) for line in path.read_text().splitlines()[1:-1]]
        kept = [{k: v for k, v in row.items() if k != "link"} for row in rows if row["kind"] != "message"]
        head = json.loads(path.read_text().splitlines()[0])
        forged.append(head["run"], head["config"], {"steps": head["steps"]}, len(kept), kept)
    shutil.rmtree(folder)
    forged.folder.rename(folder)


TAMPERING: dict[str, tuple[Callable[[list[Path]], Any], str]] = {
    "a line edited": (_lines(_edited), "line 3: does not follow"),
    "a line removed": (_lines(lambda lines: lines.pop(2)), "line 3: does not follow"),
    "a line added": (_lines(lambda lines: lines.insert(2, lines[3])), "line 3: does not follow"),
    "a line of nobody's added": (_lines(lambda lines: lines.insert(2, b"{}\n")), "line 3: is not a line"),
    "lines reordered": (_lines(lambda lines: lines.insert(2, lines.pop(3))), "line 3: does not follow"),
    "the last line removed": (_lines(lambda lines: lines.pop(-2)), "its head counts"),
    "a file removed in front": (lambda files: files[0].unlink(), "before it are missing"),
    "the last file removed": (lambda files: files[-1].unlink(), "says that 000002 is the last file"),
    "a file renamed": (lambda files: files[0].rename(files[0].with_name("000001-other.jsonl")), "renamed or swapped"),
    "a file added": (lambda files: shutil.copy(files[1], files[1].with_name("000003-x.jsonl")), "renamed or swapped"),
    "files swapped": (_swapped, "renamed or swapped"),
    "a file emptied": (lambda files: files[0].write_bytes(b""), "is empty"),
    "a file cut off": (lambda files: files[1].write_bytes(files[1].read_bytes()[:-30]), "is cut off"),
    "a signature changed": (_signature, "its signature does not hold"),
    "a signature removed": (_lines(lambda lines: lines.pop()), "does not continue the file before it"),
    "all written anew without the key": (_rewritten, "head.json: its signature does not hold"),
    "the head record changed": (_head, "head.json: its signature does not hold"),
    "the head record removed": (lambda files: files[0].with_name("head.json").unlink(), "head.json: is missing"),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_told(copy: Shop, kind: str) -> None:
    spoil, words = TAMPERING[kind]
    spoil(sorted((copy.folder / ".recon" / "audit").glob("*.jsonl")))
    done = copy.recon("audit", "verify")
    assert done.code == 3
    assert words in done.err, done.err


@pytest.mark.parametrize("name", ["audit.html", "audit.csv", "audit.json"])
def test_an_edited_report_is_told(copy: Shop, name: str) -> None:
    path = copy.run / "audit" / name
    path.write_bytes(path.read_bytes() + b" ")
    done = copy.recon("audit", "verify", "--json")
    assert done.code == 3
    assert [problem["file"] for problem in done.document["problems"]] == [f"runs/{copy.run.name}/audit/{name}"]


def test_a_kill_between_a_file_and_its_head_record_is_no_tampering(copy: Shop) -> None:
    folder = copy.folder / ".recon" / "audit"
    first, second = sorted(folder.glob("*.jsonl"))
    from recon.report.audit.ledger import Ledger, digest

    Ledger(folder, KEY.encode())._head(1, digest(first), digest(second))
    assert copy.recon("audit", "verify").code == 0
