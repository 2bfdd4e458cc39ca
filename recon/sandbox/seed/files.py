"""The small files of a world: sandbox.json, recon.yml and .env."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from recon.sandbox import settings
from recon.sandbox.seed.attributes import catalogue
from recon.sandbox.seed.consents import GROUPS

_READ = (
    "users.export.segment users.export.ids segments.list custom_attributes.get events.list "
    "subscription.status.get subscription.groups.get email.unsubscribe email.hard_bounces"
)
_WRITE = (
    "users.track users.alias.new users.identify users.merge users.external_ids.rename "
    "subscription.status.set email.status"
)


@dataclass(frozen=True)
class Secrets:
    """The keys of a world, made from its seed number: worth nothing anywhere else."""

    read_key: str
    write_key: str
    segment_id: str
    segment_write_key: str
    pseudonym_key: str

    @classmethod
    def of(cls, seed: int) -> Secrets:
        def word(name: str) -> str:
            return hashlib.sha256(f"recon sandbox {seed} {name}".encode()).hexdigest()

        segment_id = str(uuid.UUID(word("segment")[:32], version=4))
        return cls(word("read")[:36], word("write")[:36], segment_id, word("source")[:32], word("pseudonym"))


def write(folder: Path, *, secrets: Secrets, base_url: str, profiles: int, suppressed: list[str]) -> None:
    """Write sandbox.json, recon.yml and .env into `folder`."""
    import jinja2

    settings.Settings(
        version=1,
        braze=settings.Braze(
            keys=[
                settings.Key("read", secrets.read_key, _READ.split()),
                settings.Key("write", secrets.write_key, _WRITE.split()),
            ],
            segments=[settings.Segment(secrets.segment_id, "All users")],
            attributes=catalogue(),
            subscription_groups=list(GROUPS),
        ),
        segment=settings.Source(write_keys=[secrets.segment_write_key], suppressed=suppressed),
    ).save(folder)
    template = (Path(__file__).parent / "recon.yml.jinja").read_text()
    # A budget that fits the base: at most about one correction for two people, 75 objects a request.
    config = jinja2.Template(template, keep_trailing_newline=True).render(
        data_points=max(1_000_000, profiles), requests=max(50_000, profiles // 75)
    )
    (folder / "recon.yml").write_text(config)
    variables = {
        "SANDBOX_URL": base_url,
        "BRAZE_READ_KEY": secrets.read_key,
        "BRAZE_WRITE_KEY": secrets.write_key,
        "BRAZE_SEGMENT_ID": secrets.segment_id,
        "SEGMENT_WRITE_KEY": secrets.segment_write_key,
        "RECON_PSEUDONYM_KEY": secrets.pseudonym_key,
    }
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
