"""The resource itself: names of the group, and the parsed object that the rest of the code works with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from modelservice.api.base import Model
from modelservice.api.spec import ModelServiceSpec
from modelservice.api.status import Status

GROUP = "modelservice.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "ModelService"
PLURAL = "modelservices"

RESTART_ANNOTATION = f"{GROUP}/restart"


class Metadata(Model):
    """The part of an object's metadata that this project reads."""

    name: str
    namespace: str = "default"
    uid: str = ""
    generation: int = 0
    annotations: Mapping[str, str] = Field(default_factory=dict)
    labels: Mapping[str, str] = Field(default_factory=dict)
    deletion_timestamp: str | None = None


class ModelService(Model):
    """One model to serve. Parsing is lenient with what another version wrote; a ValidationError names the rest."""

    api_version: str = API_VERSION
    kind: str = KIND
    metadata: Metadata
    spec: ModelServiceSpec
    status: Status = Field(default_factory=Status)


def parse(body: Mapping[str, Any]) -> ModelService:
    """The object as the API server sent it or as a file says it."""
    return ModelService.model_validate(body)
