"""Strategic merge: what a partial pod does to the rendered one, shape by shape."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import yaml

from modelservice.render.merge import merged_pod_spec, without_duplicates

BASE = yaml.safe_load(
    """
    terminationGracePeriodSeconds: 80
    nodeSelector: {pool: gpu}
    tolerations: [{key: nvidia.com/gpu, operator: Exists}]
    containers:
    - name: engine
      args: [--port, "8000"]
      env: [{name: HOME, value: /home}, {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]
      ports: [{name: http, containerPort: 8000, protocol: TCP}]
      readinessProbe: {httpGet: {path: /health}, periodSeconds: 5}
      resources: {limits: {memory: 1Gi}}
      volumeMounts: [{name: cache, mountPath: /cache}, {name: tmp, mountPath: /tmp}]
    volumes: [{name: cache, emptyDir: {}}, {name: tmp, emptyDir: {}}]
    topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: DoNotSchedule, maxSkew: 1}]
    """
)


def merged(patch: str) -> dict[str, Any]:
    result, problems = merged_pod_spec(BASE, yaml.safe_load(patch), "podTemplate.spec")
    assert problems == ()
    return result


def engine(patch: str) -> dict[str, Any]:
    container: dict[str, Any] = merged(f"containers: [{{name: engine, {patch}}}]")["containers"][0]
    return container


@pytest.mark.parametrize(
    ("patch", "field", "expected"),
    [
        pytest.param("hostNetwork: true", "hostNetwork", True, id="a new scalar is added"),
        pytest.param("terminationGracePeriodSeconds: 9", "terminationGracePeriodSeconds", 9, id="a scalar is replaced"),
        pytest.param("nodeSelector: {disk: ssd}", "nodeSelector", {"pool": "gpu", "disk": "ssd"}, id="maps merge"),
        pytest.param("nodeSelector: {$patch: delete}", "nodeSelector", None, id="a map is removed by directive"),
        pytest.param("nodeSelector: {}", "nodeSelector", {"pool": "gpu"}, id="an empty map removes nothing"),
        pytest.param("volumes: []", "volumes", BASE["volumes"], id="an empty list by key removes nothing"),
        pytest.param("tolerations: [{key: a}]", "tolerations", [{"key": "a"}], id="a list without key is replaced"),
        pytest.param(
            "volumes: [{name: tmp, hostPath: {path: /x}}]",
            "volumes",
            [{"name": "cache", "emptyDir": {}}, {"name": "tmp", "hostPath": {"path": "/x"}}],
            id="a volume changes its kind in its place",
        ),
        pytest.param(
            "volumes: [{name: tmp, $patch: delete}]",
            "volumes",
            [{"name": "cache", "emptyDir": {}}],
            id="an item is removed by directive",
        ),
        pytest.param(
            "topologySpreadConstraints: [{topologyKey: zone, maxSkew: 2}]",
            "topologySpreadConstraints",
            [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 2}],
            id="a key that is left out has its default",
        ),
        pytest.param(
            "topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, maxSkew: 2}]",
            "topologySpreadConstraints",
            [
                {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1},
                {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 2},
            ],
            id="both keys tell items apart",
        ),
    ],
)
def test_merge_of_a_pod_field(patch: str, field: str, expected: object) -> None:
    assert merged(patch).get(field) == expected


@pytest.mark.parametrize(
    ("patch", "field", "expected"),
    [
        pytest.param("args: [x]", "args", ["x"], id="argv is replaced as a whole"),
        pytest.param(
            "resources: {limits: {cpu: 1}}", "resources", {"limits": {"memory": "1Gi", "cpu": 1}}, id="limits merge"
        ),
        pytest.param(
            "env: [{name: TOKEN, value: x}]",
            "env",
            [{"name": "HOME", "value": "/home"}, {"name": "TOKEN", "value": "x"}],
            id="a variable is never two kinds at once",
        ),
        pytest.param(
            "readinessProbe: {exec: {command: [ok]}}",
            "readinessProbe",
            {"exec": {"command": ["ok"]}, "periodSeconds": 5},
            id="a probe has one handler",
        ),
        pytest.param(
            "readinessProbe: {httpGet: {port: 1}}",
            "readinessProbe",
            {"httpGet": {"path": "/health", "port": 1}, "periodSeconds": 5},
            id="the same handler merges",
        ),
        pytest.param(
            "ports: [{containerPort: 8000, protocol: UDP}, {containerPort: 8000, hostPort: 1}]",
            "ports",
            [
                {"name": "http", "containerPort": 8000, "protocol": "TCP", "hostPort": 1},
                {"containerPort": 8000, "protocol": "UDP"},
            ],
            id="ports are told apart by protocol as well",
        ),
        pytest.param(
            "volumeMounts: [{mountPath: /tmp, name: big}]",
            "volumeMounts",
            [{"name": "cache", "mountPath": "/cache"}, {"name": "big", "mountPath": "/tmp"}],
            id="mounts are told apart by path",
        ),
    ],
)
def test_merge_of_the_engine(patch: str, field: str, expected: object) -> None:
    assert engine(patch)[field] == expected


def test_merge_adds_a_sidecar_after_the_engine() -> None:
    assert [item["name"] for item in merged("containers: [{name: log, image: x}]")["containers"]] == ["engine", "log"]


def test_merge_changes_neither_of_its_arguments() -> None:
    patch = yaml.safe_load("containers: [{name: engine, env: [{name: HOME, value: /x}], ports: [{containerPort: 1}]}]")
    before = deepcopy((BASE, patch))
    merged_pod_spec(BASE, patch, "podTemplate.spec")
    assert (BASE, patch) == before


@pytest.mark.parametrize(
    ("patch", "where", "sentence"),
    [
        pytest.param("{$patch: replace, a: 1}", "podTemplate.spec.$patch", "only `$patch: delete`", id="whole pod"),
        pytest.param(
            "nodeSelector: {$patch: replace}", "podTemplate.spec.nodeSelector", "only `$patch: delete`", id="replace"
        ),
        pytest.param(
            "nodeSelector: {$retainKeys: [a]}", "podTemplate.spec.nodeSelector.$retainKeys", "only", id="retainKeys"
        ),
        pytest.param("affinity: null", "podTemplate.spec.affinity", "is null", id="null"),
        pytest.param(
            "volumes: [{emptyDir: {}}]", "podTemplate.spec.volumes[0]", "has no `name`", id="item without key"
        ),
        pytest.param("volumes: [x]", "podTemplate.spec.volumes[0]", "has no `name`", id="item that is no map"),
        pytest.param("volumes: [{name: {}}]", "podTemplate.spec.volumes[0]", "has no `name`", id="key that is no text"),
        pytest.param("volumes: [{name: a}, {name: a}]", "podTemplate.spec.volumes[a]", "twice", id="item twice"),
        pytest.param("volumes: {name: a}", "podTemplate.spec.volumes", "must be a list", id="map for a list"),
        pytest.param("nodeSelector: [a]", "podTemplate.spec.nodeSelector", "must be a map", id="list for a map"),
        pytest.param("volumes: {$patch: delete}", "podTemplate.spec.volumes", "is no map", id="deleting a whole list"),
        pytest.param(
            "containers: [{name: engine, env: [{name: A, value: null}]}]",
            "podTemplate.spec.containers[engine].env[A].value",
            "is null",
            id="null far below",
        ),
        pytest.param(
            "tolerations: [{key: null}]", "podTemplate.spec.tolerations[0].key", "is null", id="null in a plain list"
        ),
    ],
)
def test_merge_refuses_what_would_be_lost(patch: str, where: str, sentence: str) -> None:
    _, problems = merged_pod_spec(BASE, yaml.safe_load(patch), "podTemplate.spec")
    assert [problem.where for problem in problems] == [where]
    assert sentence in problems[0].message


def test_merge_tells_every_problem_at_once() -> None:
    _, problems = merged_pod_spec(BASE, yaml.safe_load("{affinity: null, volumes: [{}]}"), "podTemplate.spec")
    assert len(problems) == 2


def test_duplicates_of_a_keyed_list_become_one_item_and_the_later_wins() -> None:
    constraints = [{"topologyKey": "zone", "maxSkew": 1}, {"topologyKey": "zone", "maxSkew": 2}]
    assert without_duplicates(constraints, ("topologySpreadConstraints",)) == [{"topologyKey": "zone", "maxSkew": 2}]
