"""Why a container cannot even start: its image, its configuration, its command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.pods import ContainerFacts, PodFacts
from modelservice.observe.loader_log import is_loader
from modelservice.observe.references import config_map_field, model_images, secret_field
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import sentence

PULL_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
REFUSED_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"})


@dataclass(frozen=True, slots=True)
class PullError:
    """A form of the container runtime's error, and what to do about it: `{image}` is the field that names the image."""

    pattern: re.Pattern[str]
    says: str


ENGINES = {"image": "engine.image", "version": " and engine.version"}
MODELS = {"image": "model", "version": ""}
LOADERS = {"image": "`loader` in the operator's configuration", "version": ""}
PULL_ERRORS = (
    PullError(re.compile(r"no match for platform|exec format"), "it is not made for the node's CPU architecture"),
    PullError(
        re.compile(r"toomanyrequests|429 Too Many|rate limit", re.I),
        "the registry limits pulls: log in with engine.imagePullSecrets, or pull from a mirror",
    ),
    PullError(
        re.compile(r"unauthorized|authentication required|access denied|401 |403 |denied:|insufficient_scope", re.I),
        "the registry refuses access, or it does not exist there: check {image} and engine.imagePullSecrets",
    ),
    PullError(
        re.compile(r"not found|manifest unknown|404", re.I),
        "the registry does not have it: check {image}{version}",
    ),
    PullError(re.compile(r"no space left", re.I), "the node's disk is full"),
    PullError(
        re.compile(
            r"no such host|i/o timeout|connection refused|timed? ?out|x509|tls:|server misbehaving|EOF|dial tcp", re.I
        ),
        "the node cannot reach the registry: check {image}",
    ),
    PullError(re.compile(r"InvalidImageName|invalid reference format"), "that is no image name: change {image}"),
    PullError(
        re.compile(r"ErrImageNeverPull|not present with pull policy of Never"),
        "the node does not have it and engine.imagePullPolicy is Never",
    ),
)


def image_trouble(seen: Seen, pod: PodFacts) -> Wait | None:
    for container in pod.containers:
        if container.state == "waiting" and container.reason in PULL_REASONS:
            why = _pull_error(f"{container.reason} {container.message} {_events(seen, pod)}") or "the pull fails"
            image, fields = _image(seen, container)
            message = f"Image {image} cannot be pulled: {why.format(**fields)}."
            return Wait(Reason.IMAGE_PULL_FAILED, message, Needs.HELP, pod.unready_since or pod.created_at)
    return None


def _image(seen: Seen, container: ContainerFacts) -> tuple[str, Mapping[str, str]]:
    """Which image it is that cannot be pulled, and the fields that name it. An engine also waits for its volumes'."""
    for image, field in model_images(seen.service.spec):
        if image == container.image or f'"{image}"' in container.message:
            return image, {**MODELS, "image": field}
    return container.image, LOADERS if is_loader(container) else ENGINES


def _pull_error(text: str) -> str:
    return next((error.says for error in PULL_ERRORS if error.pattern.search(text)), "")


def _events(seen: Seen, pod: PodFacts) -> str:
    """A back-off says nothing of its cause on older clusters; the Event of the failed pull does."""
    return " ".join(
        event.message for event in seen.facts.events if event.object == f"Pod/{pod.name}" and event.reason == "Failed"
    )


@dataclass(frozen=True, slots=True)
class ConfigError:
    """A form of the kubelet's refusal to start a container. `field` finds the field that names the object."""

    pattern: re.Pattern[str]
    reason: Reason
    says: str
    field: Callable[[ModelServiceSpec, str], str] | None = None


CONFIG_ERRORS = (
    ConfigError(
        re.compile(r"secret \"(?P<name>[^\"]+)\" not found"),
        Reason.SECRET_MISSING,
        "Secret {name} does not exist. Create it, or change {field}",
        secret_field,
    ),
    ConfigError(
        re.compile(r"couldn't find key (?P<key>\S+) in Secret (?:[^/\s]+/)?(?P<name>\S+)"),
        Reason.SECRET_MISSING,
        "Secret {name} has no key {key}. Add it, or change {field}",
        secret_field,
    ),
    ConfigError(
        re.compile(r"references non-existent secret key: (?P<key>\S+)"),
        Reason.SECRET_MISSING,
        "A Secret that is mounted has no key {key}. Add it, or change podTemplate",
    ),
    ConfigError(
        re.compile(r"configmap \"(?P<name>[^\"]+)\" not found"),
        Reason.CONFIG_MISSING,
        "ConfigMap {name} does not exist. Create it, or change {field}",
        config_map_field,
    ),
    ConfigError(
        re.compile(r"couldn't find key (?P<key>\S+) in ConfigMap (?:[^/\s]+/)?(?P<name>\S+)"),
        Reason.CONFIG_MISSING,
        "ConfigMap {name} has no key {key}. Add it, or change {field}",
        config_map_field,
    ),
    ConfigError(
        re.compile(r"references non-existent config key: (?P<key>\S+)"),
        Reason.CONFIG_MISSING,
        "A ConfigMap that is mounted has no key {key}. Add it, or change engine.files",
    ),
    ConfigError(
        re.compile(r"runAsNonRoot and image (?:will run as root|has non-numeric user)"),
        Reason.CONTAINER_REFUSED,
        "The image runs as root or as a user without number, and securityContext.runAsNonRoot forbids it. "
        "Set securityContext.runAsUser",
    ),
    ConfigError(
        re.compile(r"exec: \"cp\": .*(?:executable file not found|no such file or directory)"),
        Reason.CONTAINER_REFUSED,
        "The model's image has no program cp, and without image volumes the model is copied out of it. Add cp to the "
        "image, or set imageVolumes in the operator's configuration",
    ),
    ConfigError(
        re.compile(
            r"exec: \"(?P<name>[^\"]+)\": .*(?:executable file not found|no such file or directory|permission denied)"
        ),
        Reason.CONTAINER_REFUSED,
        "The image has no program {name}. Check engine.image and engine.type",
    ),
)


def container_refused(seen: Seen, pod: PodFacts) -> Wait | None:
    """The kubelet has the image and cannot start the container."""
    for container in pod.containers:
        if (text := _refusal(container)) is not None:
            reason, message = explain_refusal(seen.service.spec, text)
            return Wait(reason, message, Needs.HELP, pod.unready_since or pod.created_at)
    return None


def explain_refusal(spec: ModelServiceSpec, text: str) -> tuple[Reason, str]:
    """The kubelet's words as a reason and a sentence with the field to change."""
    for error in CONFIG_ERRORS:
        if found := error.pattern.search(text):
            values = {key: value.strip("\"'.,:") for key, value in found.groupdict().items()}
            field = error.field(spec, values["name"]) if error.field else ""
            return error.reason, error.says.format(field=field, **values) + "."
    return Reason.CONTAINER_REFUSED, "The container cannot be started: " + sentence(text)


def _refusal(container: ContainerFacts) -> str | None:
    if container.state == "waiting" and container.reason in REFUSED_REASONS:
        return container.message or container.reason
    ends = (container.terminated, container.last_termination)
    end = next((end for end in ends if end is not None and end.reason in REFUSED_REASONS), None)
    return None if end is None or container.state == "running" else end.message or end.reason
