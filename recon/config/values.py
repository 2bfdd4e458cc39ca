"""The kinds of value that recon.yml is made of: durations, counts, percents, addresses, places, secrets.

Validators raise `ValueError` with a text that says what to write instead and never repeats the value, because the
value may have come from a variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

REMOTE_SCHEMES = ("s3://", "gs://", "az://")
TABLE_SUFFIXES = (".parquet", ".csv", ".ndjson")

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Section(BaseModel):
    """A part of recon.yml: frozen, no unknown keys, and `key:` with nothing behind it is the same as no key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = keys(cls)
        return {key: value for key, value in data.items() if value is not None or key not in known}


def keys(model: type[BaseModel]) -> dict[str, str]:
    """The keys of a section as written in recon.yml, each with the name of its field in Python."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


Loc = tuple[str | int, ...]


def conflict(problems: Sequence[tuple[Loc, str]]) -> PydanticCustomError:
    """An error about several places below the one that is being validated; `loading` tells them apart again."""
    text = "; ".join(problem for _, problem in problems)
    return PydanticCustomError("conflict", "{text}", {"text": text, "problems": list(problems)})


def unique(key: str, value_of: Callable[[Any], str]) -> AfterValidator:
    """A validator of lists: no two rows have the same `value_of(row)`; `key` is the key to blame."""

    def check(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        first: dict[str, int] = {}
        problems: list[tuple[Loc, str]] = []
        for row, value in enumerate(map(value_of, rows)):
            if first.setdefault(value, row) != row:
                problems.append(((row, key), f"{value} has a row already ([{first[value]}]); keep one"))
        if problems:
            raise conflict(problems)
        return rows

    return AfterValidator(check)


def _parse_duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d{1,5})([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a whole number followed by d, h, m (minutes) or s, such as 36h or 7d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def format_duration(value: timedelta) -> str:
    """`value` as recon.yml writes it, in the largest unit that leaves a whole number: `36h`, `7d`."""
    seconds = int(value.total_seconds())
    unit, size = next((unit, size) for unit, size in _SECONDS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ValueError("must be an address such as https://rest.iad-01.braze.com")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError("would send keys unencrypted; write https:// (http:// is for this machine only)")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must be the bare address, without user, password, ? or #")
    return value.rstrip("/")


def _check_place(value: str) -> str:
    if "://" in value and not value.startswith(REMOTE_SCHEMES):
        raise ValueError("must be a path, or start with s3://, gs:// or az://")
    return value


def _check_table(value: str) -> str:
    name = value.removesuffix(".gz")
    if not name.endswith((*TABLE_SUFFIXES, "*")):
        raise ValueError(f"must match files that end in {', '.join(TABLE_SUFFIXES)}, plain or with .gz behind")
    return value


def _check_secret(value: SecretStr) -> SecretStr:
    # Quotes or white space round a key give a 401 that looks like a wrong key (facts/braze-rest-api §1.2).
    text = value.get_secret_value()
    if not text.strip():
        raise ValueError("is empty; give the variable that it names a value")
    if re.search(r"\s", text) or text[0] in "\"'" or text[-1] in "\"'":
        raise ValueError("holds white space or quotes; copy the key again without them")
    return value


def _word(value: Any) -> Any:
    # `unsubscribed: [false]` means the text that Segment's traits hold, not YAML's boolean.
    return str(value).lower() if isinstance(value, bool | int) else value


Text = Annotated[str, Field(min_length=1)]
Word = Annotated[Text, BeforeValidator(_word)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Url = Annotated[Text, AfterValidator(_check_url), WithJsonSchema({"type": "string", "pattern": r"^(https?://|\$\{)"})]
Place = Annotated[Text, AfterValidator(_check_place)]
TableFiles = Annotated[Place, AfterValidator(_check_table)]
Secret = Annotated[
    SecretStr, AfterValidator(_check_secret), WithJsonSchema({"type": "string", "minLength": 1, "writeOnly": True})
]
Duration = Annotated[
    timedelta,
    BeforeValidator(_parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{1,5}[smhd]|\$\{.+)$", "examples": ["6h", "36h", "7d"]}),
]
