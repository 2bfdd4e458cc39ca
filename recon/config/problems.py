"""What pydantic found wrong, in words for the person who writes recon.yml. No text here ever repeats a value."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from recon.config.rules import CODE, IN_TRAIT
from recon.config.sides import NARROW, WAREHOUSE, WIDE
from recon.config.values import Loc, Section, keys

_FORMS = (NARROW, WIDE, WAREHOUSE, CODE, IN_TRAIT)
_PLAIN = {
    "string_type": "must be text; put it in quotes",
    "string_too_short": "is empty",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, such as [a, b]",
    "too_short": "needs at least one entry",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
    "string_too_long": ("at most", "max_length"),
}


def explain(error: ValidationError, root: type[Section]) -> Iterator[tuple[Loc, str]]:
    """Each problem of `error` with its place in the file's own keys."""
    for details in error.errors(include_url=False, include_input=False):
        loc = tuple(part for part in details["loc"] if part not in _FORMS)
        if details["type"] == "conflict":
            for below, what in details["ctx"]["problems"]:
                yield (*loc, *below), what
        else:
            yield loc, _words(details, loc, root)


def _words(details: ErrorDetails, loc: Loc, root: type[Section]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        described = _field(root, loc)
        return f"is missing: {_first_sentence(described)}" if described else "is missing"
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), _keys_at(root, loc[:-1]))
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "")
        return f"must be {choices}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"must hold keys of its own: {', '.join(_keys_at(root, loc))}"
    if kind in _BOUNDS:
        bound, key = _BOUNDS[kind]
        unit = " characters" if kind == "string_too_long" else ""
        return f"must be {bound} {context[key]:g}{unit}"
    return _PLAIN.get(kind, f"is not valid ({kind})")


def _first_sentence(field: FieldInfo) -> str:
    return (field.description or "").partition(". ")[0].rstrip(".").replace("`", "")


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return (
        f"is no key of recon; did you mean {near[0]}?"
        if near
        else f"is no key of recon; known here: {', '.join(known)}"
    )


def _sections(annotation: Any) -> list[type[BaseModel]]:
    """The sections that a field's type can hold: itself, the members of a union, the rows of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


def _sections_at(root: type[Section], loc: Loc) -> list[type[BaseModel]]:
    sections: list[type[BaseModel]] = [root]
    for part in loc:
        if isinstance(part, str):
            fields = [section.model_fields[keys(section)[part]] for section in sections if part in keys(section)]
            sections = [section for field in fields for section in _sections(field.annotation)]
    return sections


def _keys_at(root: type[Section], loc: Loc) -> list[str]:
    return list(dict.fromkeys(key for section in _sections_at(root, loc) for key in keys(section)))


def _field(root: type[Section], loc: Loc) -> FieldInfo | None:
    key = str(loc[-1])
    for section in _sections_at(root, loc[:-1]):
        if key in keys(section):
            return section.model_fields[keys(section)[key]]
    return None
