"""A model repository as Triton has it: a folder for each model, with its configuration and a version below."""

from pathlib import Path

from lab import cache
from lab.models import cached

HERE = Path(__file__)
MODEL = "twice"
CONFIG = """
backend: "python"
input [{name: "number", data_type: TYPE_FP32, dims: [-1]}]
output [{name: "twice", data_type: TYPE_FP32, dims: [-1]}]
instance_group [{kind: KIND_CPU}]
"""
CODE = """
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(triton.get_input_tensor_by_name(request, "number")) for request in requests]

    def answer(self, number):
        return triton.InferenceResponse([triton.Tensor("twice", 2 * number.as_numpy())])
"""


def tiny_repository() -> Path:
    """One model in Python that doubles numbers."""
    return cache.make(cached("tiny-repository", HERE), "the tiny model repository", _write)


def _write(folder: Path) -> None:
    version = folder / MODEL / "1"
    version.mkdir(parents=True)
    (version / "model.py").write_text(CODE)
    (folder / MODEL / "config.pbtxt").write_text(CONFIG)
