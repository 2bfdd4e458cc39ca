"""JSON Schema of recon.yml, so that editors complete keys, show their meaning and mark mistakes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from recon.config.models import Config
from recon.config.values import Section, format_duration


class _Tidy(GenerateJsonSchema):
    """Defaults as recon.yml writes them, and neither titles nor defaults that say nothing of their own."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        default = schema.get("default")
        if default is None or (isinstance(default, Section) and not _own_words(default)):
            return self.generate_inner(schema["schema"])
        if isinstance(default, timedelta):
            return {**self.generate_inner(schema["schema"]), "default": format_duration(default)}
        return super().default_schema(schema)


def _own_words(default: Section) -> bool:
    """Whether a section has keys without a default, so that its values here are not those it describes itself."""
    return any(field.is_required() for field in type(default).model_fields.values())


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12). `${NAME}` is text: it fits where text is expected, not where a number is."""
    schema = Config.model_json_schema(by_alias=True, schema_generator=_Tidy)
    return {
        "$schema": _Tidy.schema_dialect,
        **schema,
        "title": "recon.yml",
        "description": "Configuration of recon, the nightly reconciliation between Segment and Braze.",
    }
