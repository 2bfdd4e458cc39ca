"""A slow and plain reading of the two sides of a seeded folder: rulings in Python, nothing of recon's SQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from recon.sandbox.store import Store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NEWSLETTER = "11111111-1111-4111-8111-111111111111"
NOTHING = object()  # no statement, which is not null
COUNTRIES = {
    "united states": "US",
    "united kingdom": "GB",
    "australia": "AU",
    "spain": "ES",
    "italy": "IT",
    "germany": "DE",
}
CODES = {"US", "DE", "FR", "GB", "ES", "AU", "IT"}
GENDERS = {"female": "F", "woman": "F", "male": "M", "man": "M"} | {code.lower(): code for code in "FMONP"}


class Bad(Exception):
    """Braze cannot hold this value."""


def parse(text: str) -> Any:
    """Segment's text: JSON, or itself."""
    try:
        value = json.loads(text, parse_constant=lambda _: Bad)
    except ValueError:
        return text
    return text if value is Bad else value


def as_text(text: str) -> str:
    value = parse(text)
    found = value if isinstance(value, str) else text
    if len(found) > 255:
        raise Bad
    return found


def as_number(text: str) -> float:
    try:
        return float(as_text(text))
    except ValueError:
        raise Bad from None


def as_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Bad
    return text == "true"


def as_date(text: str) -> str:
    try:
        return date.fromisoformat(as_text(text)[:10]).isoformat()
    except ValueError:
        raise Bad from None


def as_time(text: str) -> str:
    try:
        at = datetime.fromisoformat(as_text(text))
    except ValueError:
        raise Bad from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def as_array(text: str, limit: int = 25) -> list[Any]:
    return list(dict.fromkeys(json.loads(text)))[:limit]


def as_object(text: str) -> dict[str, Any]:
    value = {k: v for k, v in json.loads(text).items() if v is not None}
    if any(re.search(r"[ .$]", key) for key in value):
        raise Bad
    return value


def as_email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", as_text(text), re.I):
        raise Bad
    return as_text(text)


def as_phone(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", as_text(text))
    return f"+1{digits}" if len(digits) == 10 and "+" not in text else f"+{digits}"


def as_country(text: str) -> str:
    value = as_text(text)
    code = COUNTRIES.get(value.lower(), value.upper())
    if code not in CODES:
        raise Bad
    return code


def as_gender(text: str) -> str:
    try:
        return GENDERS[as_text(text).lower()]
    except KeyError:
        raise Bad from None


def as_zone(text: str) -> str:
    if as_text(text).startswith("Mars"):
        raise Bad
    return as_text(text)


def as_member_number(text: str) -> str:
    """`as: string`, type not forced: text that looks like a date becomes a time in Braze."""
    value = as_text(text)
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", value):
        month, day, year = found.groups()
        return f"{year}-{month}-{day}T00:00:00.000Z"
    return value


def blocked(_: str) -> None:
    raise Bad


# attribute: (trait, reading); a reading may also give the tidy text of a value that a person could clean up
READINGS: dict[str, tuple[str, Any]] = {
    "email": ("email", as_email),
    "first_name": ("first_name", as_text),
    "last_name": ("last_name", as_text),
    "phone": ("phone", as_phone),
    "dob": ("birthday", as_date),
    "country": ("country", as_country),
    "gender": ("gender", as_gender),
    "language": ("language", lambda text: as_text(text).lower()),
    "home_city": ("city", as_text),
    "time_zone": ("time_zone", as_zone),
    "plan_tier": ("plan", lambda text: as_text(text).strip().lower()),
    "lifetime_value": ("ltv_cents", lambda text: as_number(text) / 100),
    "signup_time": ("signed_up_at", as_time),
    "last_order_at": ("last_order_at", as_time),
    "favorites": ("favorite_categories", as_array),
    "recently_viewed": ("recently_viewed", lambda text: as_array(text, 10)),
    "address": ("address", as_object),
    "nickname": ("nickname", as_text),
    "tax_id": ("eu_tax_id", as_text),
    "loyalty_points": ("loyalty_points", as_number),
    "order_count": ("order_count", as_number),
    "has_app": ("has_app", as_boolean),
    "member_number": ("member_number", as_member_number),
    "old_segment": ("old_segment", blocked),
}
AUDIENCES = {
    "vip_customers": "is_vip",
    "churn_risk": "segment_audiences",
    "big_spenders": "segment_audiences",
    "newsletter_readers": NEWSLETTER,
}
CLEANABLE = {"email", "phone", "country", "gender", "language", "plan_tier"}


def same(attribute: str, want: Any, held: Any) -> bool:
    if isinstance(want, bool) or isinstance(held, bool) or isinstance(want, str) is not isinstance(held, str):
        return want is held
    if attribute == "email":
        return bool(want.lower() == held.lower())
    if attribute == "dob":
        return bool(want == held[:10])
    if attribute == "favorites":
        return sorted(want) == sorted(held)
    if attribute == "address":
        return isinstance(held, dict) and all(key in held and held[key] == value for key, value in want.items())
    return bool(want == held)


class World:
    """Both sides of a seeded folder, read with plain loops."""

    def __init__(self, folder: Path) -> None:
        con = duckdb.connect()

        def table(name: str, columns: str) -> list[tuple[Any, ...]]:
            return con.execute(f"select {columns} from read_parquet('{folder}/segment/{name}/*.parquet')").fetchall()

        into = {loser: winner for winner, loser in table("profile_merges", "canonical_segment_id, segment_id")}

        def canonical(profile: str) -> str:
            while into.get(profile, profile) != profile:
                profile = into[profile]
            return profile

        self.traits: dict[str, dict[str, tuple[str | None, datetime | None]]] = {}
        self.undated: dict[str, dict[str, list[str | None]]] = {}
        rows = table("user_traits", "canonical_segment_id, name, value, timestamp")
        for profile, name, value, at in sorted(rows, key=lambda row: row[3] or datetime.min):
            self.traits.setdefault(canonical(profile), {})[name] = (value, at)
            if at is None:
                self.undated.setdefault(canonical(profile), {}).setdefault(name, []).append(value)
        self.ids: dict[str, list[str]] = {}
        people = set(self.traits)
        rows = table("user_identifiers", "canonical_segment_id, type, value, timestamp")
        self.anonymous: dict[str, list[str]] = {}
        for profile, kind, value, _ in sorted(rows, key=lambda row: row[3] or datetime.min):
            people.add(canonical(profile))
            if kind == "user_id":
                self.ids.setdefault(canonical(profile), []).append(value)
            elif kind == "anonymous_id":
                self.anonymous.setdefault(canonical(profile), []).append(value)
        self.oldest = {person: ids[0] for person, ids in self.ids.items()}
        self.people = people
        self.suppressed = {
            line[0]
            for line in con.execute(
                "from read_csv(?, all_varchar := true, header := true)", [f"{folder}/segment/suppressions.csv"]
            ).fetchall()
        }
        with Store(folder / "braze.sqlite") as store:
            self.braze = [json.loads(doc) for page in store.pages(5_000) for _, doc in page]
        for profile in self.braze:
            if "dob" in profile["fields"]:
                profile["fields"]["dob"] += "T00:00:00.000Z"
        self.by_id = {p["external_id"]: p for p in self.braze if p["external_id"] is not None}
        self.barred = {person for person, ids in self.ids.items() if self.suppressed & set(ids)}
        for ids in self.ids.values():  # the oldest of those in Braze stands for the person
            ids.sort(key=lambda user_id: user_id not in self.by_id)
        self.nulls = 0

    def drift(self) -> dict[tuple[str, str], tuple[str, Any, Any]]:
        """(external_id, attribute): (cause, desired, actual)."""
        found = {}
        for person, ids in self.ids.items():
            if ids[0] not in self.by_id or person in self.barred:
                continue
            profile = self.by_id[ids[0]]
            held = {**profile["fields"], **profile["custom_attributes"]}
            traits = self.traits.get(person, {})
            for attribute, (trait, reading) in READINGS.items():
                cell = self._cell(attribute, traits, trait, reading, held.get(attribute, NOTHING))
                if cell:
                    found[ids[0], attribute] = cell
            names = [traits.get(name, (None, None))[0] for name in ("first_name", "last_name")]
            if None not in names:
                greeting = " ".join(as_text(name) for name in names if name is not None)
                if greeting != held.get("greeting"):
                    found[ids[0], "greeting"] = ("first_seen", greeting, held.get("greeting", NOTHING))
        return found

    def moves(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(external_id, audience): (change, cause)."""
        found = {}
        for person, ids in self.ids.items():
            if ids[0] not in self.by_id or person in self.barred:
                continue
            held = {**self.by_id[ids[0]]["custom_attributes"], **self.by_id[ids[0]]["groups"]}
            for audience, attribute in AUDIENCES.items():
                text, at = self.traits.get(person, {}).get(audience, (None, None))
                stated = None if text is None else json.loads(text) if text != "perhaps" else "perhaps"
                wanted = stated in (True, "true")
                there = held.get(attribute)
                member = audience in there if isinstance(there, list) else there is True or there == "Subscribed"
                if wanted and there == "Unsubscribed":
                    continue  # a conflict, and no row here
                if wanted != member:
                    moving = at is not None and at.replace(tzinfo=UTC) > NOW - timedelta(hours=6)
                    cause = "invalid" if stated == "perhaps" else "in_flight" if moving else "first_seen"
                    found[ids[0], audience] = ("enter" if wanted else "leave", cause)
        return found

    def duplicates(self) -> set[tuple[str, str, str]]:
        """(kind, keep, other)."""
        found = set()
        people = {p: ids for p, ids in self.ids.items() if not self.suppressed & set(ids)}
        names: dict[str | None, list[str]] = {None: []}
        addresses: dict[str, set[str]] = {}
        person_of = {user_id: person for person, ids in people.items() for user_id in ids}
        for profile in self.braze:
            aliases = [a["alias_name"] for a in profile["user_aliases"] if a["alias_label"] == "segment_anonymous_id"]
            names.setdefault(profile["external_id"], []).extend(aliases)
            if profile["external_id"] in person_of:
                stands = people[person_of[profile["external_id"]]][0]
                for field in ("email", "phone"):
                    if address := profile["fields"].get(field):
                        addresses.setdefault(address.lower(), set()).add(stands)
        held = {name for each in names.values() for name in each}
        for sharing in addresses.values():
            first, *others = sorted(sharing)
            found |= {("suspected", first, other) for other in others}
        for person, ids in people.items():
            alive = [user_id for user_id in ids if user_id in self.by_id]
            found |= {("merge", alive[0], other) for other in alive[1:]}
            if len(alive) == 1 and alive[0] != self.oldest[person]:
                found.add(("rename", self.oldest[person], alive[0]))
            newest_first = self.anonymous.get(person, [])[::-1]
            loose = [name for name in newest_first if name in names[None]]
            taken = any(names.get(user_id) for user_id in alive)
            for number, name in enumerate(loose):
                found.add(("suspected" if taken or number else "identify", ids[0], name))
            if alive and newest_first and not taken and not loose and newest_first[0] not in held:
                found.add(("alias", ids[0], newest_first[0]))
        return found

    def _cell(
        self, attribute: str, traits: dict[str, Any], trait: str, reading: Any, actual: Any
    ) -> tuple[str, Any, Any] | None:
        text, at = traits.get(trait, (NOTHING, None))
        if text is NOTHING:
            return None
        if attribute == "tax_id" and as_text(traits.get("country", ("", None))[0]) not in ("DE", "FR"):
            return None
        if text is None or text == "null":
            self.nulls += actual is not NOTHING
            return None
        try:
            want = reading(text)
        except Bad:
            return "invalid", parse(text), actual
        if actual is not NOTHING and same(attribute, want, actual):
            untidy = as_text(text) != (want.lower() if attribute == "email" else want)
            return ("format", want, actual) if attribute in CLEANABLE and untidy else None
        moving = at is not None and at.replace(tzinfo=UTC) > NOW - timedelta(hours=6)
        return "in_flight" if moving else "first_seen", want, actual
