"""What a log says becomes a cause with the values in it, and names the field in which the user said the option."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.observe.diagnosis import LINE_LIMIT, diagnose, telling

LOGS = sorted((Path(__file__).parent / "logs" / "vllm-0.32.0").glob("*.log"))
PLAIN = ModelServiceSpec.model_validate({"model": "a/b"})


def spec(**engine):
    return ModelServiceSpec.model_validate({"model": "a/b", "engine": engine})


SAID = {
    "a cache too small for the context": (
        "(EngineCore pid=7) ERROR 10-08 20:33:48 [core.py:708] ValueError: To serve at least one request with the "
        "models's max seq len (40960), (5.62 GiB KV cache is needed, which is larger than the available KV cache "
        "memory (4.50 GiB). Based on the available memory, the estimated maximum model length is 32768. Try increasing",
        Reason.OUT_OF_GPU_MEMORY,
        "A context of 40960 tokens needs 5.62 GiB of GPU memory, and 4.50 GiB are left; 32768 tokens would fit. "
        "Lower serving.contextLength, or raise gpu.count.",
    ),
    "no room for any cache": (
        "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`",
        Reason.OUT_OF_GPU_MEMORY,
        "The model leaves no GPU memory for requests. Raise gpu.count or serving.gpuMemoryPercent, or use a quantised "
        "model.",
    ),
    "a GPU that others use": (
        "ValueError: Free memory on device cuda:0 (3.25/23.43 GiB) on startup is less than desired GPU memory "
        "utilization (0.96, 22.49 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.",
        Reason.OUT_OF_GPU_MEMORY,
        "The GPU has 3.25 of 23.43 GiB free, and vLLM wants 22.49; something else uses this GPU. "
        "Lower serving.gpuMemoryPercent, or free the GPU.",
    ),
    "GPU memory": (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23 GiB",
        Reason.OUT_OF_GPU_MEMORY,
        "The GPU's memory is full: 2.00 GiB more were asked for. Raise gpu.count, lower serving.contextLength or "
        "serving.maxConcurrentRequests, or use a quantised model.",
    ),
    "an old GPU": (
        "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 GPU has "
        "compute capability 7.5. You can use float16 instead",
        Reason.GPU_NOT_SUPPORTED,
        "Tesla T4 cannot compute in bfloat16. Set serving.dtype to half.",
    ),
    "an old driver": (
        "RuntimeError: The NVIDIA driver on your system is too old (found version 12080). Please update your",
        Reason.GPU_NOT_SUPPORTED,
        "The node's NVIDIA driver (CUDA 12080) is older than this image needs. Update the driver, or choose an older "
        "engine.version.",
    ),
    "no GPU": (
        "RuntimeError: Failed to infer device type, please set the environment variable",
        Reason.GPU_NOT_VISIBLE,
        "The container sees no GPU. Set gpu.count above 0 and gpu.runtimeClassName to the cluster's NVIDIA runtime, or "
        "use an image for CPU.",
    ),
    "heads that GPUs cannot share": (
        "ValueError: Total number of attention heads (14) must be divisible by tensor parallel size (4).",
        Reason.INVALID_OPTION,
        "The model has 14 attention heads, which 4 GPUs cannot share evenly. Change gpu.count to a number that divides "
        "14.",
    ),
    "code that nobody trusted": (
        "ValueError: The repository a/b contains custom code. Please pass the argument `trust_remote_code=True` to",
        Reason.REMOTE_CODE_NOT_TRUSTED,
        "The model comes with Python code of its own. Read it, and set serving.trustRemoteCode to true if you trust "
        "it.",
    ),
    "a model that nobody may see, asked for without a token": (
        "huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error.\n\n"
        "Repository Not Found for url: https://huggingface.co/a/b/resolve/main/config.json.\n"
        "Invalid username or password.\n"
        "OSError: a/b is not a local folder and is not a valid model identifier listed on 'https://huggingface.co'",
        Reason.MODEL_NOT_FOUND,
        "The hub has no model a/b, or it is private. Change model, or set huggingFace.tokenSecret to a token that may "
        "read it.",
    ),
    "a full disk": (
        "OSError: [Errno 28] No space left on device: '/cache/hub/models--a--b/blobs/x'",
        Reason.DISK_FULL,
        "A volume is full: /cache/hub/models--a--b/blobs/x. Use a bigger cache (cache.size, cache.claimName), or free "
        "room in it.",
    ),
    "full shared memory": (
        "RuntimeError: unable to write to file </torch_7_0>: No space left on device (28)",
        Reason.SHARED_MEMORY_TOO_SMALL,
        "/dev/shm is full. Raise sharedMemory.sizeLimit, and resources.limits.memory with it.",
    ),
    "files of somebody else": (
        "PermissionError: [Errno 13] Permission denied: '/cache/hub/models--a--b'",
        Reason.PERMISSION_DENIED,
        "The engine may not use /cache/hub/models--a--b. Change the owner of the files, or securityContext.runAsUser "
        "and fsGroup.",
    ),
    "a process that was killed": (
        "ERROR 01-01 00:00:00 [multiproc.py:1] Worker proc VllmWorker-0 died unexpectedly, shutting down executor.",
        Reason.OUT_OF_MEMORY,
        "One of vLLM's processes was killed, most often for lack of memory. Raise resources.limits.memory.",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_log_line_becomes_cause_values_and_field(case):
    log, reason, message = SAID[case]
    found = diagnose(log.splitlines(), PLAIN)
    assert found is not None
    assert (found.reason, found.message) == (reason, message)


TOO_LONG = ["max_model_len (9000) is greater than the derived max_model_len (max_position_embeddings=4096 or x=None)"]
PLACES = {
    "serving, when it is there or nowhere": (PLAIN, "serving.contextLength"),
    "options": (spec(options={"max-model-len": 9000}), "engine.options.max-model-len"),
    "options with underscores": (spec(options={"max_model_len": 9000}), "engine.options.max_model_len"),
    "args": (spec(args=["--max-model-len", "9000"]), "engine.args (--max-model-len)"),
    "args with equals and underscores": (spec(args=["--max_model_len=9000"]), "engine.args (--max-model-len)"),
    "args shortened": (spec(args=["--max-model", "9000"]), "engine.args (--max-model-len)"),
    "args before options": (
        spec(args=["--max-model-len", "9000"], options={"max-model-len": 1}),
        "engine.args (--max-model-len)",
    ),
    "a value that only looks like it": (spec(args=["--chat-template", "max-model-len"]), "serving.contextLength"),
}


@pytest.mark.parametrize("case", PLACES)
def test_field_is_the_one_in_which_the_option_was_said(case):
    place, field = PLACES[case]
    found = diagnose(TOO_LONG, place)
    assert found is not None
    assert found.message.endswith(f"Lower {field} to 4096.")


LAST = {
    "an error after the wrappers": (
        [
            "INFO 01-01 00:00:00 [x.py:1] all is well",
            "RuntimeError: the real one",
            "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
        ],
        "Its log ends with: RuntimeError: the real one.",
    ),
    "only wrappers": (
        ["RuntimeError: Engine core initialization failed. See root cause above."],
        "Its log ends with: RuntimeError: Engine core initialization failed. See root cause above.",
    ),
    "no error at all": (["starting", "bye"], "Its log ends with: bye."),
    "another program's error": (
        ["bash: line 1: fatal: no vllm", ""],
        "Its log ends with: bash: line 1: fatal: no vllm.",
    ),
}


@pytest.mark.parametrize("case", LAST)
def test_log_without_a_known_cause_is_quoted_where_it_matters(case):
    lines, message = LAST[case]
    found = diagnose(lines, PLAIN)
    assert found is not None
    assert (found.reason, found.message) == (Reason.CRASH_LOOP, message)


def test_warnings_are_no_causes():
    lines = ["WARNING 01-01 00:00:00 [x.py:1] can cause `OSError: [Errno 28] No space left on device`", "bye"]
    found = diagnose(lines, PLAIN)
    assert found is not None
    assert found.reason == Reason.CRASH_LOOP


def test_silence_has_no_cause():
    assert diagnose([], PLAIN) is None
    assert diagnose(["", "  "], PLAIN) is None


def test_long_line_is_cut():
    found = diagnose(["RuntimeError: " + "x" * 9000], PLAIN)
    assert found is not None
    assert len(found.message) < LINE_LIMIT + 100


def test_engine_without_a_table_shares_the_common_causes():
    other = ModelServiceSpec.model_validate({"model": "a/b", "engine": {"type": "mock"}})
    found = diagnose(["CUDA out of memory"], other)
    assert found is not None
    assert found.reason == Reason.OUT_OF_GPU_MEMORY


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_what_is_kept_of_a_log_is_short_and_says_the_same(log):
    lines = log.read_text().splitlines()
    kept = telling(lines)
    assert diagnose(kept, PLAIN) == diagnose(lines, PLAIN)
    assert len(kept) <= 100


LLAMACPP = {
    "a file": (
        "0.00.040.202 E gguf_init_from_file: failed to open GGUF file '/models/none.gguf' (No such file or directory)",
        "There is no file /models/none.gguf in the container. Change model.",
    ),
    "a model of the hub": (
        "0.00.113.566 E llama_model_load: exactly one out metadata, path_model, and file must be defined",
        "llama.cpp has the model neither in the cache nor from the hub. Fill the cache, or unset huggingFace.offline "
        "and cache.readOnly; else change model or huggingFace.endpoint.",
    ),
}


@pytest.mark.parametrize(("line", "message"), LLAMACPP.values(), ids=LLAMACPP.keys())
def test_model_that_llamacpp_does_not_find_is_told_with_the_field(line, message):
    end = "0.00.122.173 E srv  llama_server: exiting due to model loading error"
    found = diagnose([line, end], spec(type="llamacpp"))
    assert found is not None
    assert (found.reason, found.message) == (Reason.MODEL_NOT_FOUND, message)
