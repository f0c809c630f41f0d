"""ConfigMaps for small texts that a pod mounts: named by their content and immutable, so that a kept revision's pods
find exactly what they were rendered with, and a changed text makes a new pod.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelservice.api.resource import ModelService
from modelservice.render import env
from modelservice.render.blueprint import Blueprint
from modelservice.render.canonical import digest
from modelservice.render.metadata import Manifest, metadata
from modelservice.render.names import child_name

FILE_KEY = "content"
CA_KEY = "ca.crt"

ConfigMaps = dict[str, dict[str, str]]
"""Name -> data."""


def contents(blueprint: Blueprint) -> ConfigMaps:
    """Every ConfigMap that the pod of this blueprint names, and that is ours."""
    texts = [file.content for file in blueprint.launch.files]
    texts += [file.content for file in blueprint.spec.engine.files if file.content is not None]
    result: ConfigMaps = {file_name(blueprint.service, text): {FILE_KEY: text} for text in texts}
    if blueprint.resolved.ca_bundle:
        result[ca_name(blueprint.service, blueprint.resolved.ca_bundle)] = {CA_KEY: blueprint.resolved.ca_bundle}
    if env.from_config_map(blueprint):
        values = env.literals(blueprint)
        result[env_name(blueprint.service, values)] = values
    return result


def file_name(service: str, text: str) -> str:
    return child_name(service, f"file-{digest(text, 10)}")


def ca_name(service: str, bundle: str) -> str:
    return child_name(service, f"ca-{digest(bundle, 10)}")


def env_name(service: str, values: Mapping[str, str]) -> str:
    return child_name(service, f"env-{digest(dict(values), 10)}")


def config_map(service: ModelService, name: str, data: Mapping[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(service, name),
        "immutable": True,
        "data": dict(data),
    }
