"""How vLLM dies. The forms are those of real logs of 0.32 (the tests' own), and of its sources for GPUs."""

from __future__ import annotations

import re

from modelservice.api.reasons import Reason
from modelservice.observe.causes.cause import CauseTable, cause
from modelservice.observe.causes.common import COMMON

COMMAND_LINE = (
    cause(
        r"error: unrecognized arguments: --(?P<option>[\w-]+)",
        Reason.UNKNOWN_OPTION,
        "vLLM does not know the option --{option}.",
        "Change {field}.",
    ),
    cause(
        r"error: argument --(?P<option>[\w-]+)[^:\n]*: (?P<why>[^\n]+)",
        Reason.INVALID_OPTION,
        "vLLM refuses --{option}: {why}.",
        "Change {field}.",
    ),
    cause(
        r"Reasoning parser '(?P<value>[^']+)' not found\. (?P<have>[^\"\n]+)",
        Reason.INVALID_OPTION,
        "vLLM has no reasoning parser {value}. {have}.",
        "Change {field}.",
        option="reasoning-parser",
    ),
    cause(
        r"(?:invalid tool call parser: |Tool parser ')(?P<value>[\w.-]+)",
        Reason.INVALID_OPTION,
        "vLLM has no tool call parser {value}.",
        "Change {field}.",
        option="tool-call-parser",
    ),
    cause(
        r"chat template string \((?P<path>[^)\n]+)\) appears path-like, but doesn't exist",
        Reason.INVALID_OPTION,
        "The container has no chat template {path}.",
        "Put it there with engine.files, or change {field}.",
        option="chat-template",
    ),
    cause(
        r"validation error for \w+\n(?P<option>[a-z]\w+)\n\s+(?P<why>.+?) \[type=.*?input_value=(?P<value>[^,\n]+)",
        Reason.INVALID_OPTION,
        "vLLM refuses {option} {value}: {why}.",
        "Change {field}.",
    ),
    cause(
        r"Sleep mode is not supported on current platform",
        Reason.INVALID_OPTION,
        "Sleep mode needs a GPU.",
        "Take it out of {field}.",
        option="enable-sleep-mode",
    ),
    cause(
        r"VLLM_PORT '(?P<value>[^'\n]+)' appears to be a URI",
        Reason.INVALID_ENVIRONMENT,
        "VLLM_PORT is {value}, which Kubernetes sets for a Service called vllm.",
        "Set enableServiceLinks to false in podTemplate, or unset VLLM_PORT in engine.env.",
    ),
)

MODEL = (
    cause(
        r"Invalid repository ID or local directory specified: '(?P<model>[^']+)'",
        Reason.MODEL_INCOMPLETE,
        "{model} has no config.json.",
        "Change model to the folder that holds config.json, or complete the folder.",
    ),
    cause(
        r"Couldn't instantiate the backend tokenizer",
        Reason.MODEL_INCOMPLETE,
        "The model has no tokenizer that vLLM can read.",
        "Complete the model's folder, or name another in {field}.",
        option="tokenizer",
    ),
    cause(
        r"Model architectures? \[?'(?P<architecture>\w+)'\]? (?:is|are) not supported",
        Reason.MODEL_NOT_SUPPORTED,
        "This version of vLLM does not know the architecture {architecture}.",
        "Change engine.version to a newer one, or model.",
    ),
    cause(
        r"has model type `(?P<type>[^`]+)` but Transformers does not recognize",
        Reason.MODEL_NOT_SUPPORTED,
        "This version of vLLM does not know the model type {type}.",
        "Change engine.version to a newer one, or model.",
    ),
    cause(
        r"pass the argument `trust_remote_code=True`|consider setting `trust_remote_code=True`",
        Reason.REMOTE_CODE_NOT_TRUSTED,
        "The model comes with Python code of its own.",
        "Read it, and set serving.trustRemoteCode to true if you trust it.",
    ),
    cause(
        r"Cannot find the config file for (?P<method>\S+)",
        Reason.INVALID_OPTION,
        "The model is not quantised with {method}.",
        "Change or unset {field}, or name a quantised model.",
        option="quantization",
    ),
    cause(
        r"Quantization method specified in the model config \((?P<is>[^)]+)\) does not match the quantization method "
        r"specified in the `quantization` argument \((?P<asked>[^)]+)\)",
        Reason.INVALID_OPTION,
        "The model is quantised with {is}, not with {asked}.",
        "Change or unset {field}.",
        option="quantization",
    ),
    cause(
        r"(?P<dtype>torch\.\w+) is not supported for quantization method (?P<method>\w+)",
        Reason.INVALID_OPTION,
        "{method} does not go with {dtype}.",
        "Change {field}.",
        option="dtype",
    ),
    cause(
        r"Loading lora (?P<name>\S+) failed: No adapter found for (?P<path>[^\s',]+)",
        Reason.ADAPTER_NOT_FOUND,
        "LoRA adapter {name} is not at {path}.",
        "Change it in {field}.",
        option="lora-modules",
    ),
    cause(
        r"LoRA rank (?P<rank>\d+) is greater than max_lora_rank (?P<limit>\d+)",
        Reason.INVALID_OPTION,
        "A LoRA adapter has rank {rank}, and the limit is {limit}.",
        "Raise {field}.",
        option="max-lora-rank",
    ),
    cause(
        r"Total number of attention heads \((?P<heads>\d+)\) must be divisible by tensor parallel size "
        r"\((?P<size>\d+)\)",
        Reason.INVALID_OPTION,
        "The model has {heads} attention heads, which {size} GPUs cannot share evenly.",
        "Change gpu.count to a number that divides {heads}.",
    ),
)

MEMORY = (
    cause(
        r"max_model_len \((?P<asked>\d+)\) is greater than the derived max_model_len \([^)\n]*?=(?P<limit>\d+)",
        Reason.CONTEXT_TOO_LONG,
        "A context of {asked} tokens was asked for, and the model has at most {limit}.",
        "Lower {field} to {limit}.",
        option="max-model-len",
    ),
    cause(
        r"max seq len \((?P<asked>[\d,]+)\),\s+\(?(?P<needed>[\d.]+ GiB) KV\s+cache is needed, which is larger than "
        r"the\s+available KV cache memory\s+\((?P<have>[\d.]+ GiB)\)\.(?:\s+Based on the available memory, the\s+"
        r"estimated maximum model length is (?P<limit>[\d,]*\d))?",
        Reason.OUT_OF_GPU_MEMORY,
        "A context of {asked} tokens needs {needed} of GPU memory, and {have} are left; {limit} tokens would fit.",
        "Lower {field}, or raise gpu.count.",
        option="max-model-len",
    ),
    cause(
        r"No available memory for the cache blocks",
        Reason.OUT_OF_GPU_MEMORY,
        "The model leaves no GPU memory for requests.",
        "Raise gpu.count or {field}, or use a quantised model.",
        option="gpu-memory-utilization",
    ),
    cause(
        r"Free memory on device.*?\((?P<free>[\d.]+)/(?P<total>[\d.]+) GiB\) on startup\s+is less than desired GPU "
        r"memory utilization \((?P<share>[\d.]+), (?P<asked>[\d.]+) GiB\)",
        Reason.OUT_OF_GPU_MEMORY,
        "The GPU has {free} of {total} GiB free, and vLLM wants {asked}; something else uses this GPU.",
        "Lower {field}, or free the GPU.",
        option="gpu-memory-utilization",
    ),
    cause(
        r"Available memory on node \d+ .*less than desired",
        Reason.OUT_OF_MEMORY,
        "On CPU vLLM takes most of the node's memory for its cache, and there is less.",
        "Set {field} (bytes), or VLLM_CPU_KVCACHE_SPACE (GiB) in engine.env.",
        option="kv-cache-memory-bytes",
    ),
    cause(
        r"Not enough allowed NUMA nodes",
        Reason.INVALID_ENVIRONMENT,
        "On CPU each part of a tensor parallel model wants a NUMA node of its own.",
        "Set VLLM_CPU_OMP_THREADS_BIND in engine.env, such as 0|1, or do not ask for tensor parallel.",
    ),
)

LAST = (
    cause(
        r"Worker proc \S+ died unexpectedly",
        Reason.OUT_OF_MEMORY,
        "One of vLLM's processes was killed, most often for lack of memory.",
        "Raise resources.limits.memory.",
    ),
    cause(
        r"Timed out waiting for engine core processes to start",
        Reason.STARTUP_TIMEOUT,
        "vLLM gave up waiting for its own processes to load the model.",
        "Raise VLLM_ENGINE_READY_TIMEOUT_S in engine.env.",
    ),
)

VLLM = CauseTable(
    causes=(*COMMAND_LINE, *MODEL, *MEMORY, *COMMON, *LAST),
    prefix=re.compile(r"^(?:\(\w+(?: \w+=\S+)*\) )?(?:ERROR \d\d-\d\d \d\d:\d\d:\d\d \[[^\]]+\] ?)?"),
    noise=re.compile(r"^(?:\(\w+(?: \w+=\S+)*\) )?(?:INFO|WARNING|DEBUG) \d\d-\d\d |^\[?W\d{4} |UserWarning: "),
    wrapper=re.compile(r"Engine core initialization failed|please check the stack trace above for the root cause"),
    fields={
        "max-model-len": "context_length",
        "max-num-seqs": "max_concurrent_requests",
        "max-num-batched-tokens": "max_batched_tokens",
        "quantization": "quantization",
        "dtype": "dtype",
        "gpu-memory-utilization": "gpu_memory_percent",
        "trust-remote-code": "trust_remote_code",
        "enable-prefix-caching": "prefix_caching",
        "chat-template": "chat_template",
        "tool-call-parser": "tool_call_parser",
        "reasoning-parser": "reasoning_parser",
        "lora-modules": "lora_adapters",
    },
)
