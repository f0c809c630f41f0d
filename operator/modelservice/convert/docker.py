"""From a `docker run` or `podman run` line, as people copy it from a page, with backslashes and comments."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelservice.convert.server import ConvertError, Server, service_name

TOOLS = frozenset({"docker", "podman", "nerdctl", "nvidia-docker"})
_SHORT_WITH_VALUE = "veplumwhc"
_FLAGS = frozenset(
    {"--rm", "--detach", "--interactive", "--tty", "--privileged", "--init", "--read-only", "--publish-all"}
    | {"--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--replace", "--quiet"}
)
_LONG = {"-v": "--volume", "-e": "--env", "-p": "--publish", "-l": "--label", "-u": "--user", "-m": "--memory"}
_SILENT = frozenset(
    {"--rm", "--detach", "--interactive", "--tty", "--init", "--name", "--runtime", "--ipc", "--restart", "--pull"}
    | {"--replace", "--quiet", "--hostname", "--label", "--network", "--net", "--log-driver", "--log-opt", "--ulimit"}
)
"""What means nothing on a cluster, or is so already there."""


@dataclass(slots=True)
class _Line:
    options: dict[str, list[str]] = field(default_factory=dict)
    image: str = ""
    words: list[str] = field(default_factory=list)

    def last(self, *names: str) -> str:
        found = [value for name in names for value in self.options.get(name, ())]
        return found[-1] if found else ""


def is_docker(text: str) -> bool:
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    words = first.lstrip("$ ").removeprefix("sudo ").split()
    return len(words) > 1 and words[0] in TOOLS


def server(text: str) -> Server:
    """The first such line of the text."""
    line = _read(_words(text))
    notes = [_lost(name, values) for name, values in line.options.items() if name not in _SILENT | _USED]
    container: dict[str, Any] = {
        "name": "engine",
        "image": line.image,
        "args": line.words,
        "env": [_variable(said) for said in line.options.get("--env", ())],
        "resources": _resources(line),
        "volumeMounts": [],
    }
    entrypoint = line.last("--entrypoint")
    if entrypoint:
        container["command"] = shlex.split(entrypoint)
    pod: dict[str, Any] = {"containers": [container], "volumes": []}
    for index, said in enumerate(_mounts(line)):
        _mount(said, f"volume-{index}", pod, notes)
    if line.last("--shm-size"):
        pod["volumes"].append(
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": _size(line.last("--shm-size"))}}
        )
        container["volumeMounts"].append({"name": "shm", "mountPath": "/dev/shm"})
    user = line.last("--user")
    if user:
        pod["securityContext"] = _user(user, notes)
    return Server(
        name=service_name(line.last("--name") or _model_name(line)),
        pod=pod,
        spec=_service(line),
        notes=tuple(notes),
        anywhere=True,
    )


_USED = frozenset(
    {
        "--env",
        "--volume",
        "--mount",
        "--publish",
        "--gpus",
        "--device",
        "--shm-size",
        "--memory",
        "--cpus",
        "--entrypoint",
    }
    | {"--user", "--group-add"}
)


def _words(text: str) -> list[str]:
    joined = re.sub(r"\\[ \t]*(#[^\n]*)?\n", " ", text.strip() + "\n")
    lines = [line.strip().lstrip("$ ").removeprefix("sudo ") for line in joined.splitlines()]
    command = next((line for line in lines if line.split(" ", 1)[0] in TOOLS), "")
    try:
        words = shlex.split(command, comments=True)
    except ValueError as error:
        raise ConvertError(f"the command line cannot be read: {error}") from error
    while len(words) > 1 and words[1] in ("container", "--context", "-H"):
        del words[1]
    if len(words) < 3 or words[1] not in ("run", "create"):
        raise ConvertError("that is no `docker run` line")
    return words[2:]


def _read(words: Sequence[str]) -> _Line:
    line, rest = _Line(), list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("--") and not equals:
            name, value, equals = _short(word)
        if name in _FLAGS or not name:
            line.options.setdefault(name, []) if name else None
        else:
            line.options.setdefault(name, []).append(value if equals else rest.pop(0) if rest else "")
    if not rest:
        raise ConvertError("the line names no image")
    line.image, *line.words = rest
    return line


def _short(word: str) -> tuple[str, str, str]:
    """`-it`, `-d`, `-v a:b`, `-p8000:8000`."""
    letters = word[1:]
    for index, letter in enumerate(letters):
        if letter in _SHORT_WITH_VALUE:
            rest = letters[index + 1 :]
            return _LONG.get(f"-{letter}", f"-{letter}"), rest, "=" if rest else ""
    return "", "", "="


def _variable(said: str) -> dict[str, str]:
    name, _, value = said.partition("=")
    return {"name": name, "value": value}


def _resources(line: _Line) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    devices = line.options.get("--device", [])
    nvidia = [device.partition("=")[2] for device in devices if device.startswith("nvidia.com/gpu=")]
    if "--gpus" in line.options:
        limits["nvidia.com/gpu"] = _gpus(line.last("--gpus"))
    elif nvidia:
        limits["nvidia.com/gpu"] = "all" if "all" in nvidia else str(len(nvidia))
    elif any(device.startswith("/dev/kfd") for device in devices):
        limits["amd.com/gpu"] = "all"
    elif line.last("--runtime") == "nvidia":
        limits["nvidia.com/gpu"] = "all"
    if line.last("--memory"):
        limits["memory"] = _size(line.last("--memory"))
    if line.last("--cpus"):
        limits["cpu"] = line.last("--cpus")
    return {"limits": limits} if limits else {}


def _gpus(said: str) -> str:
    plain = said.strip("'\"")
    if plain.startswith(("device=", '"device=')):
        return str(len(plain.strip('"').removeprefix("device=").split(",")))
    count = plain.removeprefix("count=")
    return count if count.isdecimal() else "all"


def _size(said: str) -> str:
    """Docker counts in powers of two: `16g` is 16Gi."""
    number, unit = re.match(r"([\d.]*)\s*([a-zA-Z]*)", said).groups()  # type: ignore[union-attr]
    return number + {"": "", "b": "", "k": "Ki", "m": "Mi", "g": "Gi", "t": "Ti"}.get(unit.lower()[:1], "")


def _mounts(line: _Line) -> list[tuple[str, str, bool]]:
    """Source, path, read-only."""
    found = []
    for said in line.options.get("--volume", ()):
        source, _, rest = (
            said.rpartition(":") if re.search(r":[/A-Za-z]:?[^:]*$", said) is None else said.partition(":")
        )
        path, _, mode = rest.partition(":")
        found.append((source or said, path or said, "ro" in mode.split(",")))
    for said in line.options.get("--mount", ()):
        parts = dict(part.partition("=")[::2] for part in said.split(","))
        source = parts.get("source") or parts.get("src") or ""
        path = parts.get("target") or parts.get("destination") or parts.get("dst") or ""
        found.append((source, path, "readonly" in parts or "ro" in parts))
    return found


def _mount(said: tuple[str, str, bool], name: str, pod: Mapping[str, Any], notes: list[str]) -> None:
    source, path, read_only = said
    if not path.startswith("/"):
        notes.append(f"podTemplate: the volume {source}:{path} was dropped, since its path is not known")
        return
    pod["volumes"].append({"name": name, "hostPath": {"path": source}})
    mount = {"name": name, "mountPath": path} | ({"readOnly": True} if read_only else {})
    pod["containers"][0]["volumeMounts"].append(mount)


def _user(said: str, notes: list[str]) -> dict[str, Any]:
    user, _, group = said.partition(":")
    if not user.isdecimal():
        notes.append(f"securityContext: --user {said} was dropped: Kubernetes wants the user's number")
        return {}
    return {"runAsUser": int(user)} | ({"runAsGroup": int(group)} if group.isdecimal() else {})


def _service(line: _Line) -> dict[str, Any]:
    """The port that clients are used to."""
    published = [said.rsplit(":", 2)[-2:] for said in line.options.get("--publish", ()) if ":" in said]
    outside = next((pair[0] for pair in published if pair[0].isdecimal()), "8000")
    return {} if outside == "8000" else {"service": {"port": int(outside)}}


def _model_name(line: _Line) -> str:
    """Of the model's name if there is one, else of the image's."""
    words = list(line.words)
    after = [
        words[i + 1] for i, word in enumerate(words[:-1]) if word in ("--model", "--model-path", "--model-id", "serve")
    ]
    inline = [word.partition("=")[2] for word in words if word.startswith(("--model=", "--model-path=", "--model-id="))]
    first = [words[0]] if words and not words[0].startswith("-") else []
    found = (after + inline + first + [line.image])[0].rstrip("/")
    return found.rsplit("/", 1)[-1].partition(":")[0]


def _lost(name: str, values: Sequence[str]) -> str:
    shown = " ".join((name, *values[:1])) if name != "--env-file" else name
    return f"{shown} was dropped: a ModelService has nothing like it"
