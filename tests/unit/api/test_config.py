"""The operator's configuration is refused with the field's name, or means what it says."""

import pytest

from modelservice.api.config import ConfigError, OperatorConfig, load_config

GOOD = """
engines: {vllm: {version: 0.32.0}}
registry: registry.example.org
defaults:
  tolerations: [{key: pool, operator: Exists}]
  huggingFace: {endpoint: "https://hf-mirror.com"}
  gpu: {resourceName: amd.com/gpu}
  startupTimeoutSeconds: 7200
  cache: {storageClassName: fast}
  podTemplate: {spec: {hostNetwork: true}}
"""


def test_config_without_content_is_all_defaults() -> None:
    assert load_config("") == OperatorConfig()


def test_config_is_taken_as_written() -> None:
    config = load_config(GOOD)
    assert config.engines["vllm"].version == "0.32.0"  # type: ignore[index]
    assert config.defaults["gpu"] == {"resourceName": "amd.com/gpu"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("enginess: {}", "enginess: Extra inputs are not permitted", id="typo"),
        pytest.param("engines: {vlm: {}}", "engines.vlm", id="unknown-engine"),
        pytest.param("workers: 0", "workers: Input should be greater than or equal to 1", id="no-workers"),
        pytest.param(
            "defaults: {nodeSelectors: {}}",
            "defaults.nodeSelectors is no field of a ModelService's spec",
            id="default-that-is-no-field",
        ),
        pytest.param(
            "defaults: {service: {port: 80}}",
            "defaults.service.port cannot be set here: the CRD gives every resource the value 8000",
            id="default-that-would-never-show",
        ),
        pytest.param("defaults: {startupTimeoutSeconds: soon}", "startupTimeoutSeconds", id="default-of-wrong-type"),
        pytest.param("a: [", "the configuration is no YAML", id="no-yaml"),
        pytest.param("[]", "the configuration", id="no-map"),
    ],
)
def test_config_with_a_mistake_is_refused_by_name(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(text)
    assert sentence in str(error.value)
