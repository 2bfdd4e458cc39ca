"""The 25 attributes of the seeded shop, and how often each goes wrong.

The one table behind the rates of sql/sandbox/rates.sql and the catalogue of sandbox.json; the rows of recon.yml.jinja
and the values of sql/sandbox/values.sql go by the same names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate

from recon.sandbox import settings
from recon.sandbox.seed.audiences import AUDIENCES

DRAW = 100_000  # sides of the die of sql/sandbox/cells.sql


@dataclass(frozen=True)
class Attribute:
    """One mapped attribute. All shares are of 1,000 people.

    `trait` is Segment's name, None if the attribute is made of several. `data_type` is the catalogue's, "" for a
    standard field; without " (Automatically Detected)" it is forced (facts/braze-rest-api §7). `text` says that
    Segment's value is a text, which may come bare or as a JSON string. `present` have a row in Segment at all; of all
    people `null` have an explicit null, `invalid` a value that Braze cannot take, `untidy` one that is only written
    untidily, `moving` a change within the quiet period that Braze lacks and `settled` one that it has, `drift` a value
    that Braze misses.
    """

    name: str
    trait: str | None
    data_type: str = ""
    text: bool = True
    present: float = 1000
    null: float = 0
    invalid: float = 0
    untidy: float = 0
    moving: float = 0
    settled: float = 0
    drift: float = 20
    array_length: int | None = None
    status: str = "Active"

    def rate(self) -> dict[str, object]:
        """A row of sql/sandbox/rates.sql: upper bounds of the draw, one fate after the other."""
        shares = (1000 - self.present, self.null, self.invalid, self.untidy, self.moving, self.settled, self.drift)
        fates = ("absent", "null", "invalid", "format", "moving", "settled", "drift")
        bounds = (round(upto * DRAW / 1000) for upto in accumulate(shares))
        return {
            "attribute": self.name,
            "trait": self.trait,
            "place_in_braze": "custom" if self.data_type else "fields",
            "is_text": self.text,
            **{f"upto_{fate}": bound for fate, bound in zip(fates, bounds, strict=True)},
        }


_STRING, _NUMBER, _TIME = (f"{kind} (Automatically Detected)" for kind in ("String", "Number", "Time"))
_ARRAY, _OBJECT, _BOOLEAN = (f"{kind} (Automatically Detected)" for kind in ("Array", "Object", "Boolean"))

# What nobody touches drifts little, what every order changes drifts most. Names and country never move nor vanish:
# other attributes are made of them, and whether those are then absent or moving is not what this world asks.
ATTRIBUTES = (
    Attribute("email", "email", present=970, invalid=1, untidy=8, drift=5),
    Attribute("first_name", "first_name", drift=4),
    Attribute("last_name", "last_name", drift=6),
    Attribute("phone", "phone", present=850, untidy=15, drift=10),
    Attribute("dob", "birthday", present=900, invalid=1, drift=4),
    Attribute("country", "country", invalid=1, untidy=10, drift=5),
    Attribute("gender", "gender", present=850, invalid=1, untidy=10, drift=4),
    Attribute("language", "language", present=950, untidy=6, drift=8),
    Attribute("home_city", "city", present=950, null=3, moving=1, settled=1, drift=14),
    Attribute("time_zone", "time_zone", present=900, invalid=1, drift=10),
    Attribute("plan_tier", "plan", _STRING, present=970, untidy=10, moving=1.5, settled=1.5, drift=25),
    Attribute("lifetime_value", "ltv_cents", _NUMBER, False, present=950, invalid=1, moving=3, settled=3, drift=48),
    Attribute("signup_time", "signed_up_at", _TIME, invalid=0.5, drift=5),
    Attribute("last_order_at", "last_order_at", _TIME, present=850, null=2, moving=3, settled=3, drift=50),
    Attribute("favorites", "favorite_categories", _ARRAY, False, 900, null=2, moving=1, settled=1, drift=28),
    Attribute("recently_viewed", "recently_viewed", _ARRAY, False, 850, moving=3, settled=3, drift=48, array_length=10),
    Attribute("address", "address", _OBJECT, False, present=900, invalid=0.5, moving=1, settled=1, drift=20),
    Attribute("nickname", "nickname", "String", present=400, drift=20),
    Attribute("greeting", None, _STRING, drift=12),
    Attribute("tax_id", "eu_tax_id", _STRING, present=900, drift=10),
    Attribute("loyalty_points", "loyalty_points", _NUMBER, False, 950, 3, invalid=0.5, moving=3, settled=3, drift=45),
    Attribute("order_count", "order_count", "Number", False, 950, invalid=0.5, moving=3, settled=3, drift=40),
    Attribute("has_app", "has_app", _BOOLEAN, False, 950, invalid=0.3, moving=1, settled=1, drift=25),
    Attribute("member_number", "member_number", _STRING, present=950, null=2, invalid=0.3, drift=8),
    # Blocked in Braze after the mapping was written: nothing sent for it arrives (facts/braze-rest-api §10.36).
    Attribute("old_segment", "old_segment", _STRING, present=2, invalid=2, drift=0, status="Blocklisted"),
)

# In Braze, but in nobody's mapping.
_UNMAPPED = (("favorite_color", _STRING), ("nps_score", _NUMBER), ("Plan_Tier", _STRING), ("Email", _STRING))


def rates() -> str:
    """The table as the JSON parameter of sql/sandbox/rates.sql."""
    return json.dumps([attribute.rate() for attribute in ATTRIBUTES])


def catalogue() -> list[settings.Attribute]:
    """Braze's catalogue of custom attributes."""
    mapped = [settings.Attribute(a.name, a.data_type, a.array_length, a.status) for a in ATTRIBUTES if a.data_type]
    held = dict.fromkeys(
        (each.attribute, _ARRAY if each.is_array else _BOOLEAN) for each in AUDIENCES if each.attribute
    )
    mapped += [settings.Attribute(*row) for row in held]
    return sorted([*mapped, *(settings.Attribute(*row) for row in _UNMAPPED)], key=lambda a: a.name)
