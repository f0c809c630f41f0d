"""An engine that this package has never heard of, added by one file and one entry of the operator's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modelservice.api.config import ConfigError, load_config
from modelservice.cli.main import main
from modelservice.engines import catalogue
from outside_engine import CONFIG, FAST

SERVICE = """
apiVersion: modelservice.io/v1alpha1
kind: ModelService
metadata: {name: qwen}
spec: {model: org/name, engine: {type: fast.example.org}, serving: {%s}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(catalogue, "ENGINES", dict(catalogue.ENGINES))
    (tmp_path / "fast_engine.py").write_text(FAST)
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def rendered(folder: Path, serving: str = "", *more: str) -> int:
    (folder / "service.yaml").write_text(SERVICE % serving)
    return main(["render", str(folder / "service.yaml"), *more])


def test_engine_from_outside_is_rendered_like_one_of_ours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rendered(folder, "contextLength: 8", "--config", str(folder / "config.yaml")) == 0
    children = {child["kind"]: child for child in yaml.safe_load_all(capsys.readouterr().out)}
    (container,) = children["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "example.org/fast:2.0"
    assert [*container["command"], *container["args"]] == ["fast", "org/name"]
    assert container["ports"][0]["containerPort"] == 9000
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "1"}


def test_field_that_it_cannot_honour_is_refused_for_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rendered(folder, "dtype: half", "--config", str(folder / "config.yaml")) == 1
    assert "serving.dtype means nothing to Fast" in capsys.readouterr().err


def test_engine_that_nobody_added_is_refused_with_the_fix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rendered(folder) == 1
    assert "This operator has no engine `fast.example.org`" in capsys.readouterr().err


BAD = {
    "one of ours": ("engines: {vllm: {implementation: 'a:B'}}", "engines.vllm is an engine of ours: remove"),
    "nowhere": ("engines: {fast.example.org: {version: '1'}}", "engines.fast.example.org is no engine of ours: set"),
    "no object": ("engines: {fast.example.org: {implementation: fast}}", "implementation"),
    "typo": ("engines: {vlm: {version: '1'}}", "engines.vlm"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD)
def test_entry_that_cannot_be_is_refused_at_the_start(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_config(text)


@pytest.mark.parametrize("implementation", ["nowhere_at_all:ENGINE", "fast_engine:OTHER"])
@pytest.mark.usefixtures("folder")
def test_object_that_cannot_be_imported_stops_the_operator(implementation: str) -> None:
    config = load_config(CONFIG.replace("fast_engine:ENGINE", implementation))
    with pytest.raises(ConfigError, match=r"engines\.fast\.example\.org\.implementation: .* cannot be imported"):
        catalogue.admit(config)
