"""Commands that change something, and what the operator makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cli.conftest import Program
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from lab.stages import PLAYS
from model_services import READY, ModelServices, has


def test_create_waits_until_it_serves(services: ModelServices, modelservice: Program) -> None:
    words = ("--engine", "mock", "--replicas", "2", "--option", "token-rate=20", "--env", "A=b", "--wait")
    assert modelservice("create", "qwen", "org/model", *words) == "modelservice.modelservice.io/qwen created\n"
    body = services.get()
    assert READY(body)
    assert body["spec"]["replicas"] == 2
    assert body["spec"]["engine"]["options"] == {"token-rate": 20}
    assert body["spec"]["engine"]["env"] == [{"name": "A", "value": "b"}]


def test_create_wait_fails_with_the_reason(services: ModelServices, modelservice: Program) -> None:
    done = modelservice.run("create", "qwen", "org/model", "--engine", "mock", "--option", "token-raet=20", "--wait")
    assert done.returncode == 1
    assert "Did you mean `--token-rate`?" in done.stderr
    services.wait(has("Stalled"))


def test_create_of_a_taken_name_is_refused(services: ModelServices, modelservice: Program) -> None:
    services.create()
    assert "already exists" in modelservice.refused("create", "qwen", "org/model", code=1)


def test_create_dry_run_prints_what_apply_takes(services: ModelServices, modelservice: Program, api: Client) -> None:
    words = ("--gpu", "2", "--cache", "50Gi", "--token-secret", "hf/token", "--context-length", "4096")
    text = modelservice("create", "qwen", "Qwen/Qwen2.5-7B-Instruct", *words, "--dry-run")
    assert yaml.safe_load(text)["spec"] == {
        "model": "Qwen/Qwen2.5-7B-Instruct",
        "gpu": {"count": 2},
        "serving": {"contextLength": 4096},
        "cache": {"size": "50Gi"},
        "huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}},
    }
    assert api.find("ModelService", "qwen", services.namespace) is None
    api.kubectl("apply", "-f", "-", stdin=text)
    assert services.get()["spec"]["cache"]["size"] == "50Gi"


WRONG = {
    "a name": (["create", "9lives", "org/m"], 1, "metadata.name must be"),
    "a secret's value": (["create", "qwen", "org/m", "--token-secret", "hf_abc"], 2, "is not SECRET/KEY"),
    "an option": (["create", "qwen", "org/m", "--option", "x"], 2, "is not NAME=VALUE"),
    "an engine": (["create", "qwen", "org/m", "--engine", "vlm"], 2, "invalid choice: 'vlm'"),
    "a number": (["scale", "qwen", "-1"], 2, "REPLICAS"),
    "a time": (["wait", "qwen", "--timeout", "soon"], 2, "'soon' is no time; write 90s, 5m or 1h"),
}


@pytest.mark.parametrize(("words", "code", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_words_are_refused_before_anything_is_done(
    api: Client, tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    assert sentence in Program(api.kubeconfig, "default", tmp_path).refused(*words, code=code)


def test_scale_stop_and_start(services: ModelServices, modelservice: Program) -> None:
    services.create()
    services.wait(READY)
    assert modelservice("scale", "qwen", "2") == "modelservice.modelservice.io/qwen scaled to 2\n"
    services.wait(lambda body: body["status"].get("ready") == "2/2")
    assert modelservice("stop", "qwen") == "modelservice.modelservice.io/qwen stopped\n"
    services.wait(lambda body: body["status"].get("phase") == "Suspended")
    assert "It is stopped: `modelservice start qwen`" in modelservice("scale", "qwen", "3")
    assert modelservice("start", "qwen") == "modelservice.modelservice.io/qwen started\n"
    services.wait(lambda body: body["status"].get("ready") == "3/3")


def test_restart_replaces_the_pods(services: ModelServices, modelservice: Program, api: Client) -> None:
    services.create()
    services.wait(READY)
    labels = "modelservice.io/name=qwen"
    (before,) = api.list("Pod", services.namespace, labels=labels)
    assert modelservice("restart", "qwen") == "modelservice.modelservice.io/qwen restarts\n"
    api.wait_gone("Pod", before["metadata"]["name"], services.namespace)
    services.wait(READY)
    (after,) = api.list("Pod", services.namespace, labels=labels)
    assert after["metadata"]["uid"] != before["metadata"]["uid"]


def test_delete_names_the_cache_that_is_kept(services: ModelServices, modelservice: Program) -> None:
    services.create("kept", cache={"size": "1Gi"})
    services.create("lost", cache={"size": "1Gi", "retain": False})
    services.wait_child("PersistentVolumeClaim", name="kept-cache")
    services.wait_child("PersistentVolumeClaim", name="lost-cache")
    said = modelservice("delete", "kept", "lost")
    assert said.count("deleted\n") == 2
    assert "`kubectl delete pvc kept-cache`" in said
    assert "pvc lost-cache" not in said


def test_delete_goes_on_after_a_name_that_is_not_there(services: ModelServices, modelservice: Program) -> None:
    services.create()
    done = modelservice.run("delete", "nobody", "qwen")
    assert done.returncode == 4
    assert done.stdout == "modelservice.modelservice.io/qwen deleted\n"
    assert '"nobody" not found' in done.stderr


def test_missing_right_is_exit_code_3_and_names_it(services: ModelServices, modelservice: Program, api: Client) -> None:
    services.create()
    words = ("create", "token", "default", "--namespace", services.namespace)
    token = api.kubectl(*words).strip()
    config = yaml.safe_load(api.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    weak = modelservice.folder / "weak.kubeconfig"
    weak.write_text(yaml.safe_dump(config))
    said = modelservice.refused("stop", "qwen", "--kubeconfig", str(weak), code=3)
    assert 'cannot patch resource "modelservices"' in said
    assert "kubectl auth can-i" in said


def test_silent_cluster_is_exit_code_3_and_asks_whether_it_is_the_right_one(lab: Lab, modelservice: Program) -> None:
    with Gate(lab.controlplane) as gate:
        kubeconfig = gate.kubeconfig()
        gate.refuse()
        said = modelservice.refused("list", "--kubeconfig", str(kubeconfig), code=3)
    assert "no answer from the API server" in said
    assert "--context chooses" in said


def test_cluster_without_the_operator_is_told(modelservice: Program, lab: Lab) -> None:
    with Gate(lab.controlplane) as gate:
        gate.answer(404, to=lambda request: "modelservices" in request.path)
        said = modelservice.refused("list", "--kubeconfig", str(gate.kubeconfig()), code=3)
    assert "the operator is not installed" in said


def test_pods_that_crash_end_a_waiting_create_by_its_time(services: ModelServices, modelservice: Program) -> None:
    services.create(podTemplate={"metadata": {"annotations": {PLAYS: "hang"}}})
    assert "is not ready in time" in modelservice.refused("wait", "qwen", "--timeout", "3s", code=5)
