"""A ModelService from what a person says in one line: a model, perhaps options, perhaps an engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from modelservice.api.engine import EngineType
from modelservice.api.reasons import Reason
from modelservice.api.resource import API_VERSION, KIND, ModelService, parse
from modelservice.local.errors import ModelServerError

LONGEST_NAME = 53
SCRIPT = ".py"
PORT = 8000
FOLDER = "/srv"
IMAGE = "python:3.11-slim"
"""Where a server of one's own runs in a cluster; on this machine it has the Python of this program."""
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def name_for(model: str) -> str:
    """The resource's name where nobody says one: the model's last word, as Kubernetes lets services be called."""
    last = Path(model.partition("@")[0]).name.lower().removesuffix(".gguf")
    word = _NOT_IN_A_NAME.sub("-", last).strip("-")
    return (word if word[:1].isalpha() else f"model-{word}")[:LONGEST_NAME].strip("-")


def body(
    model: str, engine: str, options: Mapping[str, Any] | None = None, *, name: str | None = None, **spec: Any
) -> dict[str, Any]:
    """The resource as YAML would have it. `engine` is an engine's name or a Python file, a server of one's own; `spec`
    is whatever else the resource has."""
    said = {"model": model, "engine": {**_engine(engine), "options": dict(options or {})}, **spec}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name or name_for(model)}, "spec": said}


def service(
    model: str, engine: str, options: Mapping[str, Any] | None = None, *, name: str | None = None, **spec: Any
) -> ModelService:
    """The same for this machine: a model that is a file or folder here is named by its whole path."""
    path = Path(model).expanduser()
    where = str(path.absolute()) if path.exists() else model
    try:
        return parse(body(where, engine, options, name=name or name_for(model), **spec))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ModelServerError(problems, Reason.INVALID_SPEC) from error


def _engine(engine: str) -> dict[str, Any]:
    if not engine.endswith(SCRIPT):
        if engine not in {*EngineType}:
            known = ", ".join(EngineType)
            message = f"There is no engine {engine}: name a Python file, or one of {known}."
            raise ModelServerError(message, Reason.INVALID_SPEC)
        return {"type": engine}
    file = Path(engine).expanduser().absolute()
    if not file.is_file():
        raise ModelServerError(f"There is no file {engine}.", Reason.INVALID_SPEC)
    return {
        "type": "custom",
        "image": IMAGE,
        "args": ["python3", f"{FOLDER}/{file.name}"],
        "custom": {"port": PORT},
        "files": [{"name": "server", "path": f"{FOLDER}/{file.name}", "content": file.read_text(encoding="utf-8")}],
    }
