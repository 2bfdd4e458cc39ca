"""The audiences of the seeded shop, and how often each goes wrong.

The one table behind sql/sandbox/memberships.sql and the catalogue; the rows of recon.yml.jinja go by the same names.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from recon.sandbox.seed.consents import NEWSLETTER


@dataclass(frozen=True)
class Audience:
    """One audience and the attribute or the subscription group that holds it in Braze. Shares are of 1,000 people:
    `members` by Segment; `drift` are held the other way round; `moving` changed within the quiet period and Braze lacks
    it, as many have arrived."""

    audience: str
    attribute: str | None
    is_array: bool
    members: int
    drift: int
    moving: int
    group_id: str | None = None


AUDIENCES = (
    Audience("vip_customers", "is_vip", False, members=120, drift=15, moving=2),
    Audience("churn_risk", "segment_audiences", True, members=250, drift=20, moving=3),
    Audience("big_spenders", "segment_audiences", True, members=80, drift=10, moving=2),
    Audience("newsletter_readers", None, False, members=300, drift=30, moving=3, group_id=NEWSLETTER),
)


def audiences() -> str:
    """The table as the JSON parameter of sql/sandbox/memberships.sql."""
    return json.dumps([asdict(audience) for audience in AUDIENCES])
