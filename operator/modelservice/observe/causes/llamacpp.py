"""Deaths of llama.cpp's server (0.7.0), which says of a model that it cannot get neither whence nor why."""

from __future__ import annotations

import re

from modelservice.api.reasons import Reason
from modelservice.observe.causes.cause import CauseTable, cause
from modelservice.observe.causes.common import COMMON

MODEL = (
    cause(
        r"failed to open GGUF file '(?P<path>[^']+)' \(No such file",
        Reason.MODEL_NOT_FOUND,
        "There is no file {path} in the container.",
        "Change model.",
    ),
    cause(
        r"exactly one out metadata, path_model, and file must be defined",
        Reason.MODEL_NOT_FOUND,
        "llama.cpp has the model neither in the cache nor from the hub.",
        "Fill the cache, or unset huggingFace.offline and cache.readOnly; else change model or huggingFace.endpoint.",
    ),
)

LLAMACPP = CauseTable(causes=(*MODEL, *COMMON), prefix=re.compile(r"^\d+(?:\.\d+){3} [A-Z] "))
