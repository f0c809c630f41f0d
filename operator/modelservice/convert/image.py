"""What an image's name tells: the engine, its version, and whether it is that engine's own image."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENGINES = (
    ("vllm/vllm-openai", "vllm"),
    ("vllm", "vllm"),
    ("sglang", "sglang"),
    ("llama.cpp", "llamacpp"),
    ("llama-cpp", "llamacpp"),
    ("infinity", "infinity"),
    ("text-generation-inference", "tgi"),
    ("aphrodite", "aphrodite"),
    ("ollama", "ollama"),
)
_UPSTREAM = re.compile(r"^(docker\.io/)?(vllm/vllm-openai(-cpu|-rocm)?|lmsysorg/sglang)$")
_RELEASE = re.compile(r"^v?(\d+(\.\d+){1,3}(\.post\d+)?)$")
_MOVING = frozenset({"", "latest", "nightly"})


@dataclass(frozen=True, slots=True)
class Image:
    """`own` is the image itself where the operator would not take that very one; `version` is "" where unknown.

    `moving` says that there is none, or that its tag names no version, so that the operator's default takes its place.
    """

    engine: str
    version: str = ""
    own: str = ""
    moving: bool = False


def told(image: str) -> Image:
    """Of an upstream image the version is enough; any other stays as it is, with its version where the tag says one."""
    if not image:
        return Image("", moving=True)
    name, _, rest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    repository, tag = (head, tag) if colon and "/" not in tag else (name, "")
    engine = next((engine for word, engine in _ENGINES if word in repository), "")
    release = _RELEASE.match(tag)
    version = release.group(1) if release else ""
    if _UPSTREAM.match(repository) and not rest:
        if tag in _MOVING:
            return Image(engine, moving=True)
        if version:
            return Image(engine, version)
    return Image(engine, version, own=image)
