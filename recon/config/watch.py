"""The section of recon.yml about who is told how a run ended."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from recon.config.values import LOOPBACK, Secret, Section, Text


def _check_metrics(value: str) -> str:
    if "://" in value:
        raise ValueError("must be a file on this machine, for node_exporter to read")
    if not value.endswith(".prom"):
        raise ValueError("must end in .prom; node_exporter reads no other file")
    return value


def _check_address(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ValueError("must be an address such as https://hooks.slack.com/services/…")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError("would go out unencrypted; write https:// (http:// is for this machine only)")
    return value


class Message(Section):
    """A message about how a run ended. It holds counts and times, and nobody's name, address or id."""

    url: Annotated[Secret, AfterValidator(_check_address)]
    """Where it is posted to. Whoever knows the address can write there, so it is a secret: name a variable."""
    when: Literal["always", "trouble"] = "trouble"
    """`always`, or only in `trouble`: when the exit code is not 0."""


class Watch(Section):
    """Who is told how a run ended. Nothing that fails here fails the run."""

    metrics: Annotated[Text, AfterValidator(_check_metrics)] | None = None
    """File of Prometheus metrics for the textfile collector of node_exporter; ends in .prom."""
    webhook: Message | None = None
    """Any address that takes a POST of JSON."""
    slack: Message | None = None
    """An incoming webhook of Slack."""
