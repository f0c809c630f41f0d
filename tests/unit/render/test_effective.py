"""The effective spec: which merges how when the platform's defaults are laid under a resource."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelservice.render.effective import effective
from rendering.passes import service


def laid(said: str, under: str) -> dict[str, Any]:
    spec = service(yaml.safe_load(said) or {}).spec
    return effective(spec, yaml.safe_load(under)).manifest()


@pytest.mark.parametrize(
    ("said", "under", "field", "expected"),
    [
        pytest.param("", "nodeSelector: {pool: gpu}", "nodeSelector", {"pool": "gpu"}, id="a field left out"),
        pytest.param(
            "drainTimeoutSeconds: 5", "drainTimeoutSeconds: 90", "drainTimeoutSeconds", 5, id="the user's wins"
        ),
        pytest.param(
            "drainTimeoutSeconds: 60", "drainTimeoutSeconds: 90", "drainTimeoutSeconds", 60, id="said as default"
        ),
        pytest.param(
            "nodeSelector: {a: u, b: u}",
            "nodeSelector: {b: p, c: p}",
            "nodeSelector",
            {"a": "u", "b": "u", "c": "p"},
            id="maps",
        ),
        pytest.param(
            "engine: {args: [x]}", "engine: {args: [y]}", "engine", {"args": ["x"]}, id="plain lists are the user's"
        ),
        pytest.param(
            "engine: {env: [{name: A, value: u}]}",
            "engine: {env: [{name: A, valueFrom: {}}, {name: B, value: p}]}",
            "engine",
            {"env": [{"name": "B", "value": "p"}, {"name": "A", "value": "u"}]},
            id="variables by name",
        ),
        pytest.param(
            "engine: {envFrom: [{secretRef: {name: u}}]}",
            "engine: {envFrom: [{secretRef: {name: p}}]}",
            "engine",
            {"envFrom": [{"secretRef": {"name": "p"}}, {"secretRef": {"name": "u"}}]},
            id="the later source of variables wins",
        ),
        pytest.param(
            "engine: {imagePullSecrets: [{name: u}]}",
            "engine: {imagePullSecrets: [{name: p}]}",
            "engine",
            {"imagePullSecrets": [{"name": "p"}, {"name": "u"}]},
            id="pull secrets add up",
        ),
        pytest.param(
            "tolerations: [{key: u}, {key: both}]",
            "tolerations: [{key: both}, {key: p}]",
            "tolerations",
            [{"key": "u"}, {"key": "both"}, {"key": "p"}],
            id="tolerations add up",
        ),
        pytest.param(
            "resources: {limits: {memory: 1Gi}}",
            "resources: {requests: {memory: 8Gi, cpu: 1}}",
            "resources",
            {"limits": {"memory": "1Gi"}, "requests": {"cpu": 1}},
            id="a default never contradicts what was said of that resource",
        ),
        pytest.param(
            "resources: {requests: {memory: 9Gi}}",
            "resources: {limits: {memory: 8Gi}}",
            "resources",
            {"requests": {"memory": "9Gi"}, "limits": {}},
            id="nor does a default limit",
        ),
        pytest.param("", "cache: {storageClassName: fast}", "cache", None, id="a description of caches makes none"),
        pytest.param("", "cache: {size: 9Gi}", "cache", {"size": "9Gi"}, id="a size does"),
        pytest.param(
            "cache: {size: 1Gi}",
            "cache: {storageClassName: fast}",
            "cache",
            {"size": "1Gi", "storageClassName": "fast"},
            id="the cache's class",
        ),
        pytest.param(
            "cache: {claimName: mine}",
            "cache: {size: 9Gi, storageClassName: fast, subPath: x}",
            "cache",
            {"claimName": "mine", "subPath": "x"},
            id="an own claim has no default size",
        ),
        pytest.param(
            "cache: {size: 1Gi}",
            "cache: {claimName: shared}",
            "cache",
            {"size": "1Gi"},
            id="a size has no default claim",
        ),
    ],
)
def test_defaults_are_laid_under(said: str, under: str, field: str, expected: object) -> None:
    assert laid(said, under).get(field) == expected


def test_pod_template_is_not_laid_but_merged_over_the_pod() -> None:
    assert "podTemplate" not in laid("", "podTemplate: {spec: {hostNetwork: true}}")


def test_spec_without_defaults_is_the_very_same() -> None:
    spec = service({}).spec
    assert effective(spec, {}) is spec
