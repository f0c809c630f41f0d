"""Reading ModelServices and the operator's configuration from files, as strictly as the API server would.

Parsing is lenient with what another version wrote; a person's file is not: a field that does not exist is a typo.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from pydantic import ValidationError

from modelservice.api.admission import shape_refusals
from modelservice.api.config import ConfigError, LoaderImage, OperatorConfig, load_config
from modelservice.api.resource import API_VERSION, KIND, ModelService, parse
from modelservice.cli.exits import CommandError
from modelservice.cli.texts import text_of
from modelservice.engines.catalogue import admit

NAME = re.compile(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?")
YAML_FILES = frozenset({".yaml", ".yml"})
WITH_A_LOADER = OperatorConfig(loader=LoaderImage(image="docker.io/modelservice/loader"))
"""An operator that nobody described is taken to have a loader: a model in a bucket is no mistake of its file."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_services(path: str) -> list[ModelService]:
    """Every ModelService of a file, `-` being standard input; a CommandError names the field and the fix."""
    try:
        documents = [document for document in yaml.load_all(text_of(path), Loader=_LOADER) if document is not None]
    except yaml.YAMLError as error:
        raise CommandError(f"{path} is no YAML: {error}") from error
    if not documents:
        raise CommandError(f"{path} is empty", "write a ModelService into it, for example one of examples/")
    return [checked(document, path) for document in documents]


def read_service(path: str) -> ModelService:
    """The only ModelService of a file."""
    service, *more = read_services(path)
    if more:
        raise CommandError(f"{path} holds {len(more) + 1} ModelServices", "leave one of them in the file")
    return service


def read_config(path: str | None) -> OperatorConfig:
    """The operator's configuration; all defaults without a file."""
    if path is None:
        return OperatorConfig()
    try:
        config = load_config(text_of(path))
        admit(config)
        return config
    except ConfigError as error:
        raise CommandError(f"{path}: {error}") from error


def checked(document: Any, path: str) -> ModelService:
    """The ModelService that a document says; `path` is how errors name where it stands."""
    if not isinstance(document, dict) or document.get("kind") != KIND or document.get("apiVersion") != API_VERSION:
        raise CommandError(f"{path} holds something other than a {KIND} of {API_VERSION}")
    body = json.loads(json.dumps(document, default=str))
    metadata = body.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, dict) else ""
    if not NAME.fullmatch(name):
        raise CommandError(
            f"{path}: metadata.name must be at most 53 lower-case letters, digits and '-', and begin with a letter"
        )
    problems = shape_refusals(body)
    if problems:
        raise CommandError(f"{path}: " + "; ".join(map(str, problems)))
    try:
        return parse(body)
    except ValidationError as error:
        sentences = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise CommandError(f"{path}: " + "; ".join(sentences)) from error
