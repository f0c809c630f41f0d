"""TGI as an engine: its image, command line, environment and drain, and what it cannot honour."""

from __future__ import annotations

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines import tgi as module
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask, Drain
from modelservice.engines.flag import Flag
from modelservice.engines.options import tables

TGI = engine(EngineType.TGI)
OURS = ("--model-id", "org/name", "--hostname", "0.0.0.0", "--port", "8000", "--num-shard", "1")
START = (*OURS, "--usage-stats", "off", "--graceful-termination-timeout", "60")


def tgi(text: str = "", gpus: int = 1, version: str | None = "3.3.7", **more: object) -> Ask:
    return ask(text if "engine:" in text else f"{text}\nengine: {{type: tgi}}", gpus, version, **more)


def test_command_is_explicit_and_needs_no_shell() -> None:
    launch = TGI.launch(tgi())
    assert (launch.command, launch.args, launch.port) == (("text-generation-launcher",), START, 8000)
    assert plain(launch.env) == {"DO_NOT_TRACK": "1"}


def test_router_finds_the_cache_under_its_older_name() -> None:
    assert TGI.launch(tgi()).model_env == {"HUGGINGFACE_HUB_CACHE": ""}


HARDWARE = {
    "NVIDIA": (4, "nvidia.com/gpu", "3.3.7", {}),
    "AMD": (2, "amd.com/gpu", "3.3.7-rocm", {}),
    "Intel": (1, "gpu.intel.com/i915", "3.3.7-intel-xpu", {}),
    "Gaudi": (8, "habana.ai/gaudi", "3.3.7-gaudi", {"PT_HPU_ENABLE_LAZY_COLLECTIVES": "1"}),
    "CPU": (0, "nvidia.com/gpu", "3.3.7-intel-cpu", {}),
}


@pytest.mark.parametrize(("gpus", "resource", "tag", "env"), HARDWARE.values(), ids=HARDWARE)
def test_hardware_picks_image_and_shards(gpus: int, resource: str, tag: str, env: dict[str, str]) -> None:
    asked = tgi(gpus=gpus, resource_name=resource)
    assert check(asked) == ()
    assert TGI.image("3.3.7", gpus, resource) == f"ghcr.io/huggingface/text-generation-inference:{tag}"
    assert TGI.launch(asked).args[7] == str(max(1, gpus))
    assert plain(TGI.launch(asked).env) == {"DO_NOT_TRACK": "1", **env}


SERVING = {
    "context": ("contextLength: 4096", ("--max-total-tokens", "4096")),
    "requests": ("maxConcurrentRequests: 8", ("--max-batch-size", "8")),
    "tokens of a step": ("maxBatchedTokens: 2048", ("--max-batch-prefill-tokens", "2048")),
    "quantised": ("quantization: awq", ("--quantize", "awq")),
    "number type": ("dtype: bfloat16", ("--dtype", "bfloat16")),
    "memory": ("gpuMemoryPercent: 90", ("--cuda-memory-fraction", "0.9")),
    "code of the model": ("trustRemoteCode: true", ("--trust-remote-code",)),
    "adapter": ("loraAdapters: [{name: a, model: /lora/a}]", ("--lora-adapters", "a=/lora/a")),
    "task": ("task: Generate", ()),
}


@pytest.mark.parametrize(("serving", "words"), SERVING.values(), ids=SERVING)
def test_serving_is_mapped(serving: str, words: tuple[str, ...]) -> None:
    asked = tgi(f"serving: {{{serving}}}")
    assert check(asked) == ()
    assert TGI.launch(asked).args == (*START, *words)


@pytest.mark.parametrize(("said", "value"), [("true", "1"), ("false", "0")])
def test_prefix_caching_is_a_variable(said: str, value: str) -> None:
    assert plain(TGI.launch(tgi(f"serving: {{prefixCaching: {said}}}")).env) == {
        "DO_NOT_TRACK": "1",
        "PREFIX_CACHING": value,
    }


def test_drain_is_the_launchers_own() -> None:
    launch = TGI.launch(tgi("drainTimeoutSeconds: 300"))
    assert launch.args[-2:] == ("--graceful-termination-timeout", "300")
    assert launch.drain == Drain(5, 300)


REFUSED = {
    "key": ("auth: {apiKeySecret: {name: a, key: b}}", "auth.apiKeySecret", "into its log"),
    "template": ("serving: {chatTemplate: /t}", "serving.chatTemplate", "use engine.type: vllm"),
    "task": ("serving: {task: Embed}", "serving.task", "use engine.type: vllm"),
    "number type": ("serving: {dtype: half}", "serving.dtype", "is one of float16, bfloat16"),
    "adapter of the hub": (
        "serving: {loraAdapters: [{name: a, model: org/a}]}", "serving.loraAdapters", "from a folder alone",
    ),
    "name with an equals sign": (
        "serving: {loraAdapters: [{name: a=b, model: /a}]}", "serving.loraAdapters", "without them",
    ),
    "misspelt": ("engine: {type: tgi, options: {num-shards: 2}}", "engine.options.num-shards", "`--num-shard`"),
    "half an option": ("engine: {type: tgi, args: [--max-batch, '2']}", "engine.args[0]", "is no option of TGI"),
    "cache": ("engine: {type: tgi, args: [--huggingface-hub-cache, /x]}", "engine.args[0]", "cache.mountPath"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_is_refused_with_the_fix(text: str, field: str, advice: str) -> None:
    (finding,) = check(tgi(text))
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


def test_name_of_ones_own_is_told_as_lost() -> None:
    assert told(check(tgi("servedNames: [a]"))) == [("UnsupportedByEngine", "servedNames", False)]


FLAGS = [value for value in vars(module).values() if isinstance(value, Flag)]


@pytest.mark.parametrize("name", [*(flag.name for flag in (*FLAGS, *module.VALUES.values())), *module.RESERVED])
def test_option_that_we_name_is_real(name: str) -> None:
    (table,) = tables("tgi")
    assert table.by_name[name].name == name
