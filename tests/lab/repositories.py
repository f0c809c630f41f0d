"""A model repository as Triton has it: a folder for each model, with its configuration and a version below."""

from pathlib import Path

from lab import cache
from lab.models import cached

HERE = Path(__file__)
MODEL, LATE = "twice", "late"
"""Two models in Python that double numbers: at once, and after a while."""
SECONDS = 7
"""That while."""
AT_ONCE = 4
"""Requests that the late one thinks about at a time."""
CONFIG = """
backend: "python"
input [{name: "number", data_type: TYPE_FP32, dims: [-1]}]
output [{name: "twice", data_type: TYPE_FP32, dims: [-1]}]
"""
CODE = """
import time
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(triton.get_input_tensor_by_name(request, "number")) for request in requests]

    def answer(self, number):
        time.sleep(SECONDS)
        return triton.InferenceResponse([triton.Tensor("twice", 2 * number.as_numpy())])
"""


def tiny_repository() -> Path:
    """Both models, each a process of its own for every request that it takes at a time."""
    return cache.make(cached("tiny-repository", HERE), "the tiny model repository", _write)


def _write(folder: Path) -> None:
    for name, seconds, at_once in ((MODEL, 0, 1), (LATE, SECONDS, AT_ONCE)):
        version = folder / name / "1"
        version.mkdir(parents=True)
        (version / "model.py").write_text(f"SECONDS = {seconds}\n{CODE}")
        group = f"instance_group [{{kind: KIND_CPU, count: {at_once}}}]\n"
        (folder / name / "config.pbtxt").write_text(CONFIG + group)
