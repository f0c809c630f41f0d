"""`modelservice estimate`: reads a model wherever it is without downloading it, and says whether it fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.hub import Hub
from lab.models import tiny_gguf, tiny_llama
from modelservice.cli.main import main

NAME = "lab/tiny"
FILE = """\
apiVersion: modelservice.io/v1alpha1
kind: ModelService
metadata: {name: tiny}
spec:
  model: lab/tiny   # small
"""
BIG = {
    **{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8192, "num_hidden_layers": 80},
    **{"intermediate_size": 28672, "num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 128256},
    **{"max_position_embeddings": 131072, "torch_dtype": "bfloat16"},
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own cache or token."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def big(tmp_path: Path) -> str:
    folder = tmp_path / "Llama-70B"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(BIG))
    return str(folder)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main(["estimate", *words, "-o", "json"]) == code
    return json.loads(capsys.readouterr().out)


def weights_of(folder: Path) -> int:
    """All but the table of contents."""
    content = (folder / "model.safetensors").read_bytes()
    return len(content) - 8 - int.from_bytes(content[:8], "little")


def test_folder_that_is_not_there_is_taken_for_no_model_of_the_hub(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "./nowhere"]) == 1
    assert capsys.readouterr().err == "error: ./nowhere is no file or folder of this machine\n"


def test_estimate_of_a_folder_reads_weights_from_their_headers(capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, str(tiny_llama()), "--gpu-memory", "8Gi")
    assert answer["weights"] == weights_of(tiny_llama())
    assert answer["fit"]["gpus"] == 1
    assert answer["fit"]["per_token"] == 2 * 2 * 2 * 32 * 4


def test_estimate_asks_the_hub_for_the_beginnings_of_files(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.add(NAME, tiny_llama())
    answer = told(capsys, NAME, "--gpu-memory", "8Gi")
    assert answer["weights"] == weights_of(tiny_llama())
    weights = [request for request in hub.requests if request.path.startswith("/store/")]
    assert [request.range for request in weights] == ["bytes=0-65535"]


def test_estimate_shows_its_token_to_the_hub_alone(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.add(NAME, tiny_llama(), gated=True)
    hub.allow("hf_secret", NAME)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert told(capsys, NAME, "--gpu-memory", "8Gi")["fits"]
    assert {request.token for request in hub.requests if request.path.startswith("/store/")} == {None}


@pytest.mark.parametrize(("gated", "word"), [(True, "HF_TOKEN"), (False, "typo")], ids=["gated", "missing"])
def test_refusal_of_the_hub_says_what_to_do(
    hub: Hub, capsys: pytest.CaptureFixture[str], gated: bool, word: str
) -> None:
    hub.add(NAME, tiny_llama(), gated=gated)
    hub.allow("hf_other")
    assert main(["estimate", NAME if gated else f"{NAME}@nowhere"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"error: {NAME} at {hub.url}")
    assert word in err


def test_hub_that_does_not_answer_is_told_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert main(["estimate", NAME]) == 1
    assert "HF_ENDPOINT" in capsys.readouterr().err


def test_model_in_the_local_cache_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "hf" / "hub" / "models--lab--tiny"
    (model / "snapshots").mkdir(parents=True)
    (model / "snapshots" / "abc").symlink_to(tiny_llama())
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("abc")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert told(capsys, NAME, "--gpu-memory", "8Gi")["weights"] == weights_of(tiny_llama())


@pytest.mark.parametrize("where", ["file", "hub"])
def test_gguf_is_estimated_for_llama_cpp(hub: Hub, capsys: pytest.CaptureFixture[str], where: str) -> None:
    hub.add("lab/tiny-GGUF", tiny_gguf())
    answer = told(capsys, str(tiny_gguf()) if where == "file" else "lab/tiny-GGUF", "--gpu-memory", "8Gi")
    assert answer["engine"] == "llamacpp"
    assert answer["weights"] == tiny_gguf().stat().st_size
    assert answer["fit"]["per_token"] == 2 * 2 * 2 * 32 * 2
    assert answer["manifest"]["spec"]["engine"] == {"type": "llamacpp"}


def test_repository_of_many_quantisations_asks_which(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("m-Q4_K_M.gguf", "m-Q8_0.gguf"):
        (tmp_path / "many").mkdir(exist_ok=True)
        (tmp_path / "many" / name).write_bytes(tiny_gguf().read_bytes())
    hub.add("lab/many", tmp_path / "many")
    assert main(["estimate", "lab/many"]) == 1
    assert "m-Q4_K_M.gguf, m-Q8_0.gguf" in capsys.readouterr().err
    answer = told(capsys, "lab/many:Q8_0", "--gpu-memory", "8Gi")
    assert answer["manifest"]["spec"]["model"] == "lab/many"
    assert answer["manifest"]["spec"]["serving"]["quantization"] == "Q8_0"


def test_estimate_tells_in_words_what_fits_and_prints_yaml_that_renders(
    big: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", big, "--gpu", "H100", "--context", "8192", "--concurrency", "20"]) == 0
    out = capsys.readouterr().out
    assert "70.6 billion parameters" in out
    assert "It fits on 4 x H100" in out
    manifest = tmp_path / "printed.yaml"
    manifest.write_text(out[out.index("apiVersion") :])
    spec = yaml.safe_load(manifest.read_text())["spec"]
    assert spec["gpu"]["count"] == 4
    assert spec["serving"] == {"contextLength": 8192, "maxConcurrentRequests": 20, "gpuMemoryPercent": 90}
    assert main(["render", str(manifest)]) == 0


def test_model_that_does_not_fit_is_said_and_fails(big: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", big, "--gpu", "T4", "--concurrency", "200"]) == 1
    assert "does not fit on 1, 2, 4, 8, 16 x T4" in capsys.readouterr().out


def test_without_a_gpu_the_usual_kinds_are_compared(big: str, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = told(capsys, big)["kinds"]
    fewest = {name: fit["gpus"] for name, fit in kinds.items()}
    assert fewest == {"T4": 16, "L4": 8, "L40S": 4, "A100": 4, "H100": 4, "H200": 2}


def test_write_sets_the_fields_and_keeps_the_comments(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.add(NAME, tiny_llama())
    file = tmp_path / "tiny.yaml"
    file.write_text(FILE)
    assert (
        main(["estimate", str(file), "--gpu", "L4", "--context", "2048", "--concurrency", "4", "--write", str(file)])
        == 0
    )
    capsys.readouterr()
    assert file.read_text() == (
        FILE
        + "  gpu: {count: 1}\n"
        + "  serving: {contextLength: 2048, maxConcurrentRequests: 4, gpuMemoryPercent: 90}\n"
    )
    assert main(["render", str(file)]) == 0


def test_write_makes_a_file_that_is_not_there(big: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new.yaml"
    assert main(["estimate", big, "--gpu", "H200", "--write", str(file)]) == 0
    assert yaml.safe_load(file.read_text())["spec"]["gpu"] == {
        "count": 2,
        "products": ["NVIDIA-H200", "NVIDIA-H200-NVL"],
    }
    capsys.readouterr()


def test_write_without_an_answer_leaves_the_file(big: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(FILE)
    assert main(["estimate", big, "--write", str(file)]) == 1
    assert file.read_text() == FILE
    assert "--gpu" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--gpu", "H1000"], "--gpu H1000 is not known"),
        (["--gpu-memory", "much"], "--gpu-memory takes a size such as 24Gi"),
        (["--gpu", "L4", "--context", "200000"], "takes 131,072 tokens a request at most"),
    ],
)
def test_bad_question_is_answered_with_the_fix(
    big: str, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["estimate", big, *words]) == 1
    assert says in capsys.readouterr().err


def test_model_on_a_claim_asks_for_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claim.yaml"
    file.write_text(FILE.replace("lab/tiny ", "pvc://models/tiny"))
    assert main(["estimate", str(file)]) == 1
    assert "into a folder" in capsys.readouterr().err
