"""llama.cpp as an engine: its image, command line, environment and drain, and what it cannot honour."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import pairwise

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask

LLAMACPP = engine(EngineType.LLAMACPP)
FILE = "model: pvc://models/tiny.gguf"


def llama(text: str = FILE, gpus: int = 0, version: str | None = "0.7.0", **more: object) -> Ask:
    return ask(f"{text}\nengine: {{type: llamacpp}}" if "engine:" not in text else text, gpus, version, **more)


def args(text: str, gpus: int = 0, **more: object) -> tuple[str, ...]:
    return LLAMACPP.launch(llama(text, gpus, **more)).args


def value(words: tuple[str, ...], name: str) -> str | None:
    assert words.count(name) < 2
    return dict(pairwise(words)).get(name)


IMAGES = {
    "CPU": (0, "nvidia.com/gpu", "0.7.0", None, "ghcr.io/ggml-org/llama.cpp:server-v0.7.0"),
    "NVIDIA": (1, "nvidia.com/gpu", "0.7.0", None, "ghcr.io/ggml-org/llama.cpp:server-cuda-v0.7.0"),
    "slice of a GPU": (1, "nvidia.com/mig-1g.10gb", "0.7.0", None, "ghcr.io/ggml-org/llama.cpp:server-cuda-v0.7.0"),
    "AMD": (1, "amd.com/gpu", "0.7.0", None, "ghcr.io/ggml-org/llama.cpp:server-rocm-v0.7.0"),
    "Intel": (1, "gpu.intel.com/i915", "0.7.0", None, "ghcr.io/ggml-org/llama.cpp:server-intel-v0.7.0"),
    "single build": (0, "nvidia.com/gpu", "b9603", None, "ghcr.io/ggml-org/llama.cpp:server-b9603"),
    "own repository": (0, "nvidia.com/gpu", "0.7.0", "in.house/llama", "in.house/llama:server-v0.7.0"),
}


@pytest.mark.parametrize(("gpus", "resource", "version", "repository", "image"), IMAGES.values(), ids=IMAGES)
def test_image_is_that_of_the_accelerator(
    gpus: int, resource: str, version: str, repository: str | None, image: str
) -> None:
    assert LLAMACPP.image(version, gpus, resource, repository) == image


def test_command_is_explicit_and_its_port_is_the_services() -> None:
    launch = LLAMACPP.launch(llama("model: pvc://models/tiny.gguf\nservedNames: [tiny, other]"))
    assert launch.command == ("/app/llama-server",)
    model = ("--model", "/models/models/tiny.gguf", "--alias", "tiny,other")
    assert launch.args == (*model, "--host", "0.0.0.0", "--port", "8000", "--metrics")
    assert launch.port == 8000


def test_model_of_the_hub_is_fetched_by_its_id() -> None:
    assert value(args("model: ggml-org/tiny-GGUF"), "--hf-repo") == "ggml-org/tiny-GGUF"
    assert value(args("model: a/b\nserving: {quantization: Q8_0}"), "--hf-repo") == "a/b:Q8_0"
    assert "--model" not in args("model: a/b")


def test_offline_keeps_it_off_the_network() -> None:
    assert "--offline" in args("model: a/b", offline=True)
    assert "--offline" not in args("model: a/b")


CONTEXT = {
    "of four slots, its own number": ("serving: {contextLength: 1000}", "4", "4000"),
    "times the wanted slots": ("serving: {contextLength: 1000, maxConcurrentRequests: 16}", "16", "16000"),
    "times the said slots": (
        "serving: {contextLength: 1000}\nengine: {type: llamacpp, args: [-np, '2']}",
        None,
        "2000",
    ),
    "the model's own for each slot": ("serving: {maxConcurrentRequests: 3}", "3", None),
    "untouched": ("", None, None),
}


@pytest.mark.parametrize(("text", "slots", "context"), CONTEXT.values(), ids=CONTEXT)
def test_context_is_per_request(text: str, slots: str | None, context: str | None) -> None:
    words = args(f"{FILE}\n{text}")
    assert (value(words, "--parallel"), value(words, "--ctx-size")) == (slots, context)


def test_all_layers_lie_on_the_gpu() -> None:
    assert value(args(FILE, gpus=2), "--gpu-layers") == "999"
    assert "--gpu-layers" not in args(FILE)
    assert "--gpu-layers" not in args(f"{FILE}\nengine: {{type: llamacpp, args: [-ngl, '7']}}", gpus=1)


def test_cpu_limit_is_the_number_of_threads() -> None:
    assert value(args(f"{FILE}\nresources: {{limits: {{cpu: 2500m}}}}"), "--threads") == "2"
    assert value(args(f"{FILE}\nresources: {{limits: {{cpu: 100m}}}}"), "--threads") == "1"
    assert "--threads" not in args(FILE)


TASKS = {
    "generate": ("task: Generate", ()),
    "embed": ("task: Embed", ("--embedding",)),
    "rerank": ("task: Rerank", ("--reranking",)),
    "embed long texts in one step": (
        "task: Embed, contextLength: 2000",
        *[("--parallel", "4", "--ctx-size", "8000", "--batch-size", "2000", "--ubatch-size", "2000", "--embedding")],
    ),
    "step": ("maxBatchedTokens: 9", ("--batch-size", "9")),
    "prefixes kept": ("prefixCaching: true", ("--cache-prompt",)),
    "prefixes forgotten": ("prefixCaching: false", ("--no-cache-prompt",)),
    "reasoning": ("reasoningParser: deepseek", ("--reasoning-format", "deepseek")),
    "template": ("chatTemplate: /t.jinja", ("--chat-template-file", "/t.jinja")),
}


@pytest.mark.parametrize(("serving", "words"), TASKS.values(), ids=TASKS)
def test_serving_is_mapped(serving: str, words: tuple[str, ...]) -> None:
    asked = llama(f"{FILE}\nserving: {{{serving}}}")
    assert check(asked) == ()
    assert LLAMACPP.launch(asked).args == (*args(FILE), *words)


def test_template_text_is_a_file() -> None:
    (file,) = LLAMACPP.launch(llama(f"{FILE}\nserving: {{chatTemplate: '{{{{ a }}}}'}}")).files
    assert (file.path, file.content) == ("/etc/modelservice/chat-template.jinja", "{{ a }}")


REFUSED = {
    "number type": (f"{FILE}\nserving: {{dtype: half}}", "serving.dtype", "use engine.type: vllm, "),
    "classifier": (f"{FILE}\nserving: {{task: Classify}}", "serving.task", "use engine.type: vllm"),
    "folder": ("model: pvc://models/tiny", "model", "as in `pvc://models/tiny/model.gguf`"),
    "revision": ("model: a/b@main", "model", "write `a/b`"),
    "quantisation of a file": (f"{FILE}\nserving: {{quantization: Q8_0}}", "serving.quantization", "remove"),
    "name with a comma": (f"{FILE}\nservedNames: ['a,b']", "servedNames", "without one"),
}


@pytest.mark.parametrize(("text", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_is_refused_with_the_fix(text: str, field: str, advice: str) -> None:
    (finding,) = check(llama(text))
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


@pytest.mark.parametrize(
    "word", ["-m", "--model", "-hf", "--hf-token", "--api-key", "--ssl-key-file", "--api-prefix", "-h", "--version"]
)
def test_what_has_a_field_or_ends_it_is_refused(word: str) -> None:
    words = [word] if word in ("-h", "--version") else [word, "x"]
    asked = llama(f"{FILE}\nengine: {{type: llamacpp, args: {json.dumps(words)}}}")
    assert told(LLAMACPP.check(asked)) == [("InvalidOption", "engine.args[0]", True)]


def test_key_is_environment_from_the_secret() -> None:
    launch = LLAMACPP.launch(llama(f"{FILE}\nauth: {{apiKeySecret: {{name: a, key: b}}}}"))
    assert launch.env == ({"name": "LLAMA_API_KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},)


def test_mirror_and_token_reach_it() -> None:
    text = "model: a/b\nhuggingFace: {endpoint: 'https://m', tokenSecret: {name: a, key: b}}"
    env = LLAMACPP.launch(llama(text)).env
    assert plain(env) == {"HF_ENDPOINT": "https://m"}
    assert env[0]["name"] == "HF_TOKEN"


def test_requests_in_flight_end_before_the_signal_that_drops_them() -> None:
    drain = LLAMACPP.launch(llama(f"{FILE}\ndrainTimeoutSeconds: 90")).drain
    assert (drain.before_sigterm, drain.after_sigterm) == (90, 0)


NON_ROOT = {
    "CPU": (FILE, 0, "nvidia.com/gpu", "0.7.0", 1000),
    "NVIDIA": (FILE, 1, "nvidia.com/gpu", "0.7.0", 1000),
    "AMD": (FILE, 1, "amd.com/gpu", "0.7.0", None),
    "own image": (f"{FILE}\nengine: {{type: llamacpp, image: 'mine:1'}}", 0, "nvidia.com/gpu", "0.7.0", None),
    "unknown version": (FILE, 0, "nvidia.com/gpu", None, None),
}


@pytest.mark.parametrize(("text", "gpus", "resource", "version", "user"), NON_ROOT.values(), ids=NON_ROOT)
def test_user_is_not_root_where_the_devices_allow_it(
    text: str, gpus: int, resource: str, version: str | None, user: int | None
) -> None:
    assert LLAMACPP.launch(llama(text, gpus, version, resource_name=resource)).non_root == user


def test_table_of_options_is_that_of_the_default_version() -> None:
    table = files("modelservice.engines") / "data" / f"llamacpp-{LLAMACPP.default_version}.json"
    assert json.loads(table.read_text())["version"] == LLAMACPP.default_version
