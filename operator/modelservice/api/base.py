"""The ground that every API model stands on, and the marks that turn a field into its CRD schema.

A mark stands in a field's `Annotated[...]` and writes what pydantic cannot know into the field's JSON schema; the CRD
generator only inlines, renames and cleans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A CEL rule: the API server refuses with `message` (text), or what `message_expression` says, when it is false.

    `optional_old` lets a rule that names `oldSelf` run on create as well.
    """

    rule: str
    message: str
    message_expression: str | None = None
    field_path: str | None = None
    optional_old: bool = False

    def schema(self) -> Schema:
        parts = {
            "rule": self.rule,
            "message": self.message,
            "messageExpression": self.message_expression,
            "fieldPath": self.field_path,
            "optionalOldSelf": self.optional_old or None,
        }
        return {key: value for key, value in parts.items() if value is not None}


class Model(BaseModel):
    """A part of the API: immutable, camelCase outside, and lenient with fields of another version."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore", defer_build=True
    )
    cel: ClassVar[tuple[Rule, ...]] = ()

    def manifest(self) -> dict[str, Any]:
        """The JSON that a user would have written: camelCase, without what was not said."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> Schema:
        schema = handler(core_schema)
        if cls.cel:
            handler.resolve_ref_schema(schema)["x-kubernetes-validations"] = [rule.schema() for rule in cls.cel]
        return schema


def build(kind: type[Model] = Model) -> None:
    """All models at once. Else each is built when it is first used: right for a command, too late for an operator."""
    for model in kind.__subclasses__():
        model.model_rebuild()
        build(model)


class Mark:
    """Adds `keys()` to the schema of the field that it annotates."""

    __slots__ = ()

    def keys(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> Schema:
        return {**handler(core_schema), **self.keys()}


@dataclass(frozen=True, slots=True)
class CoreType(Mark):
    """The schema of this field is Kubernetes' own definition of that name, such as `EnvVar`."""

    name: str

    def keys(self) -> Mapping[str, Any]:
        return {"x-core-type": self.name}


@dataclass(frozen=True, slots=True)
class ListMap(Mark):
    """The items of this list are one each per value of `keys`."""

    by: tuple[str, ...] = ("name",)

    def keys(self) -> Mapping[str, Any]:
        return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(self.by)}


@dataclass(frozen=True, slots=True)
class Atomic(Mark):
    """This list is replaced as a whole."""

    def keys(self) -> Mapping[str, Any]:
        return {"x-kubernetes-list-type": "atomic"}


@dataclass(frozen=True, slots=True)
class Free(Mark):
    """Any JSON below this field."""

    def keys(self) -> Mapping[str, Any]:
        return {"x-kubernetes-preserve-unknown-fields": True}


@dataclass(frozen=True, slots=True)
class Late(Mark):
    """The operator applies this field's default, not the API server, so that its configuration can lie between."""

    def keys(self) -> Mapping[str, Any]:
        return {"x-late": True}


@dataclass(frozen=True, slots=True)
class Rules(Mark):
    """CEL rules that hold for this field."""

    rules: tuple[Rule, ...]

    def keys(self) -> Mapping[str, Any]:
        return {"x-kubernetes-validations": [rule.schema() for rule in self.rules]}
