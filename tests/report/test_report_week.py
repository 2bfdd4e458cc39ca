"""A week of nights with known drift, one of them withheld and one failed: what the last report makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from report_page import Page
from shop_world import Shop

from recon.store import documents, runs

DAYS = 7


def test_a_week_of_nights_is_told_night_by_night(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    today = 0
    began = datetime.now(UTC)
    noon = began.replace(hour=12, minute=0, second=0)

    class Clock(datetime):
        """About noon of another day of the week that ends today."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return super().now(tz) - (began - noon) - timedelta(days=DAYS - 1 - today)

    for module in (runs, documents):
        monkeypatch.setattr(module, "datetime", Clock)
    people = [shop.add(f"p{n}", {"city": "Bern"}, {}, {"home_city": "Rome" if n < 5 else "Bern"}) for n in range(12)]
    breakers, quality = shop.config["policy"]["breakers"], shop.config["quality"]
    shop.config["privacy"]["keep_runs"] = "4d"
    usual = dict(quality), dict(breakers["attribute"])
    shop.write()

    def overwrite(count: int, city: str) -> None:
        shop.post("/users/track", {"attributes": [{"external_id": who, "home_city": city} for who in people[:count]]})
        shop.sandbox.settle()

    def night(code: int) -> None:
        nonlocal today
        shop.configure()
        done = shop.recon("run", "--apply")
        assert done.code == code, done.said
        today += 1

    night(0)  # 5 that differ at first sight
    night(0)  # nothing
    overwrite(3, "Oslo")
    night(0)
    for n in range(4):
        shop.trait(f"use_{shop.mark}_p{n}", "city", "Lyon", hours_ago=24 * (DAYS - today))
    shop.write_table("user_traits")
    night(0)  # 4 moved in Segment
    overwrite(6, "Oslo")
    breakers["attribute"] = {"count": 1, "percent": 1}
    night(4)  # 6 overwritten, withheld
    quality["email_null_percent"] = 0
    night(3)  # nobody has an e-mail address
    shop.config["quality"], breakers["attribute"] = usual
    night(0)  # the 6 that waited

    page = Page((shop.run / "report.html").read_text())
    days = [f"{began - timedelta(days=back):%Y-%m-%d}" for back in range(DAYS)]
    listed = [
        line.replace(" this run", "").split(" UTC ") for line in page.lines if " UTC " in line and line[:2] == "20"
    ]
    ended, by_cause = listed[:DAYS], listed[DAYS:]
    assert [when[:10] for when, _ in ended] == [when[:10] for when, _ in by_cause] == days
    assert [told for _, told in ended] == [
        "6 6 0 0 done",
        "not known 0 not known 3 a check of the data failed, nothing was pushed",
        "6 0 6 4 something was withheld",
        "4 4 0 0 done",
        "3 3 0 0 done",
        "0 0 0 0 done",
        "5 5 0 0 done",
    ], "drifted, proven, withheld, and how the night ended"
    at = page.lines.index("Drifted values by cause, and corrections withheld, newest first")
    assert page.lines[at + 1] == "Night overwritten first_seen source_moved Withheld"
    assert [told for _, told in by_cause] == [
        "6 0 0 0",
        "not known not known not known not known",
        "6 0 0 6",
        "0 0 4 0",
        "3 0 0 0",
        "0 0 0 0",
        "0 5 0 0",
    ]
    html = (shop.run / "report.html").read_text()
    assert html.count('class="gap" d="M51.5 99.5h7"') == 4, "the failed night in each of the four small pictures"
    left = len(list((shop.folder / ".recon" / "runs").iterdir()))
    assert left < DAYS, "the first nights are pruned, and told all the same"
