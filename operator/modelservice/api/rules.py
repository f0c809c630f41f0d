"""What the API server refuses at once: CEL rules, each with a sentence that names the field and the fix.

They stand together so that a reader sees at a glance what can be refused before anything happens; each has its cases
in tests/api/test_crd_rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelservice.api.base import Rule

SCHEMES = ("hf", "modelscope", "pvc", "s3", "gs", "oci", "https", "ollama")
DETAILS: Mapping[str, frozenset[str]] = {
    "hf://": frozenset({"include", "exclude"}),
    "modelscope://": frozenset({"credentialsSecret", "endpoint", "include", "exclude"}),
    "s3://": frozenset({"credentialsSecret", "endpoint", "include", "exclude", "sha256"}),
    "gs://": frozenset({"credentialsSecret", "endpoint", "include", "exclude", "sha256"}),
    "https://": frozenset({"credentialsSecret", "sha256"}),
    "oci://": frozenset(),
    "ollama://": frozenset(),
    "pvc://": frozenset(),
    "/": frozenset(),
}
"""The fields of `modelSource` that mean something, by what the model begins with. What has no scheme is the hub's."""
RESERVED_PATHS = ("/", "/dev", "/dev/shm", "/etc", "/proc", "/sys", "/tmp", "/usr", "/var")
OUR_LABELS = ("modelservice.io/", "app.kubernetes.io/")


def reserved_path(field: str) -> str:
    """True unless the path is one of those, with or without a slash at its end."""
    return f"!{list(RESERVED_PATHS)}.exists(p, {field} == p || {field} == p + '/')".replace('"', "'")


RESOURCE_RULES = (
    Rule(
        "size(self.metadata.name) <= 53 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        "metadata.name must be at most 53 lower-case letters, digits and '-', begin with a letter and end with a "
        "letter or digit, because the Service bears this name: rename the ModelService",
    ),
)

MODEL_REQUIRED = Rule(
    "has(self.model) || self.engine.type == 'remote'",
    "spec.model is required: name what to serve, for example Qwen/Qwen2.5-7B-Instruct (only engine.type remote "
    "needs none)",
)

MODEL_SCHEME = Rule(
    f"!self.contains('://') || {list(SCHEMES)}.exists(s, self.startsWith(s + '://'))".replace('"', "'"),
    f"spec.model begins with a scheme that is not known: use one of {', '.join(f'{s}://' for s in SCHEMES)}, "
    "or org/name, or an absolute path",
)

MODEL_PATH_OR_ID = Rule(
    "self.contains('://') || self.startsWith('/') || self.matches('^[A-Za-z0-9][-A-Za-z0-9._]*(/[A-Za-z0-9]"
    "[-A-Za-z0-9._]*)?(@[-A-Za-z0-9._/]+)?$')",
    "spec.model without a scheme must be a hub id such as org/name or org/name@revision; write an absolute path with a "
    "leading / and a relative one not at all",
)

_WORD = "[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?"
_REVISION = "(@[A-Za-z0-9][-A-Za-z0-9._/]*)?"
FORMS = {
    "hf": (f"({_WORD}/)?{_WORD}{_REVISION}", "hf://org/name or hf://org/name@revision"),
    "modelscope": (f"{_WORD}/{_WORD}{_REVISION}", "modelscope://org/name or modelscope://org/name@revision"),
    "s3": ("[a-z0-9][-a-z0-9.]{1,61}[a-z0-9](/.*)?", "s3://bucket/path"),
    "gs": ("[a-z0-9][-a-z0-9._]{1,220}[a-z0-9](/.*)?", "gs://bucket/path"),
    "https": ("[^/@?#]+/([^?#]*/)?[^/?#]+([?].*)?", "https://host/path/model.gguf, a URL of one file"),
    "oci": (".+[:@][^/]+(/.*)?", "oci://registry/name:tag or oci://registry/name:tag/folder"),
    "pvc": ("[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/.*)?", "pvc://claim/path"),
    "ollama": ("[A-Za-z0-9][-A-Za-z0-9._:/]*", "ollama://name:tag"),
}
"""What follows each scheme, and how it is written."""

MODEL_FORMS = tuple(
    Rule(
        f"!self.startsWith('{scheme}://') || self.matches('^{scheme}://{form}$')",
        f"spec.model begins with {scheme}:// but is none of its kind: write {written}",
    )
    for scheme, (form, written) in FORMS.items()
)

MODEL_STAYS_INSIDE = Rule(
    "self.startsWith('https://') || !self.split('/').exists(p, p == '..' || p == '.')",
    "spec.model must not have . or .. in its path: write the path in full",
)

MODEL_RULES = (MODEL_SCHEME, MODEL_PATH_OR_ID, *MODEL_FORMS, MODEL_STAYS_INSIDE)


def _detail(name: str) -> Rule:
    """Refuses a field of `modelSource` that means nothing to the model's source."""
    schemes = [scheme for scheme, taken in DETAILS.items() if name in taken]
    listed = str(schemes).replace('"', "'")
    hub = " || (!self.model.contains('://') && !self.model.startsWith('/'))" if "hf://" in schemes else ""
    return Rule(
        f"!has(self.modelSource) || !has(self.modelSource.{name}) || !has(self.model) || "
        f"{listed}.exists(s, self.model.startsWith(s)){hub}",
        f"spec.modelSource.{name} means nothing to this model: it is for {', '.join(schemes)}"
        f"{' (the hub)' if hub else ''}; remove it{_ELSEWHERE.get(name, '')}",
    )


_ELSEWHERE = {
    "credentialsSecret": " (the hub's token is spec.huggingFace.tokenSecret, an image's spec.engine.imagePullSecrets)",
    "endpoint": " (a mirror of the hub is spec.huggingFace.endpoint)",
}
DETAILS_FIT = tuple(_detail(name) for name in ("credentialsSecret", "endpoint", "include", "exclude", "sha256"))

CUSTOM_AND_REMOTE = (
    Rule(
        "(self.type == 'custom') == has(self.custom)",
        "spec.engine.custom (port, healthPath) must be set if and only if spec.engine.type is custom",
    ),
    Rule(
        "(self.type == 'remote') == has(self.remote)",
        "spec.engine.remote (url) must be set if and only if spec.engine.type is remote",
    ),
)

FILE_IS_ONE_OF = Rule(
    "has(self.content) != has(self.configMapKey)",
    "each of spec.engine.files must have either content or configMapKey, not both and not none",
)

FILE_PATH_IS_FREE = Rule(
    reserved_path("self.path"),
    "the path of each of spec.engine.files must be a file's, for example /etc/engine/template.jinja, not a folder that "
    "the container needs itself",
)

FILE_PATHS_DIFFER = Rule(
    "self.all(f, self.exists_one(g, g.path == f.path))",
    "two of spec.engine.files have the same path: give each file a path of its own",
)

PRODUCTS_NEED_GPUS = (
    Rule(
        "!has(self.gpu) || !has(self.gpu.products) || size(self.gpu.products) == 0 || !has(self.gpu.count) || "
        "self.gpu.count > 0",
        "spec.gpu.products chooses among GPUs, but spec.gpu.count is 0: raise the count or remove the products",
    ),
)

EXTENDED_RESOURCE = Rule(
    "!self.startsWith('requests.') && !self.contains('kubernetes.io/')",
    "spec.gpu.resourceName must be the extended resource of a device plugin, for example nvidia.com/gpu",
)

NO_GPU_IN_RESOURCES = tuple(
    Rule(
        f"!has(self.{part}) || !self.{part}.exists(k, k.endsWith('/gpu') || k.contains('/mig-'))",
        f"spec.resources.{part} must not name GPUs: set spec.gpu.count, and spec.gpu.resourceName for a resource other "
        "than nvidia.com/gpu",
    )
    for part in ("limits", "requests")
)

HUGE = "self.size.matches('[eE][-+]?[0-9]{3}')"
"""Refused by the pattern, but rules run all the same, and Kubernetes' quantity() works on such a size for minutes."""

CACHE_RULES = (
    Rule(
        "!(has(self.claimName) && has(self.size))",
        "spec.cache has both claimName and size: keep claimName for an existing claim, or size for one that the "
        "operator makes",
    ),
    Rule(
        "has(self.size) || !(has(self.storageClassName) || has(self.accessModes))",
        "spec.cache.storageClassName and accessModes describe a claim that the operator makes: add size, or remove "
        "them",
    ),
    Rule(
        "!(has(self.readOnly) && self.readOnly) || has(self.claimName)",
        "spec.cache.readOnly needs claimName: only an existing claim can hold the model already",
    ),
    Rule(
        reserved_path("self.mountPath"),
        "spec.cache.mountPath is a folder that the container needs itself: use for example /cache/hub",
    ),
    Rule(
        f"!has(self.size) || {HUGE} || quantity(self.size).isGreaterThan(quantity('0'))",
        "spec.cache.size must be more than nothing, for example 100Gi",
    ),
    Rule(
        "!has(self.accessModes) || size(self.accessModes) < 2 || !('ReadWriteOncePod' in self.accessModes)",
        "spec.cache.accessModes must not have ReadWriteOncePod beside another mode",
    ),
    Rule(
        "!has(self.prune) || self.prune == 'Never' || ((has(self.claimName) || has(self.size)) && "
        "!has(self.subPath) && !(has(self.readOnly) && self.readOnly) && "
        "!(has(self.accessModes) && 'ReadWriteOncePod' in self.accessModes))",
        "spec.cache.prune removes files by a pod of its own, from the root of a claim: set claimName or size, without "
        "subPath, readOnly and ReadWriteOncePod, or remove prune",
    ),
    Rule(
        "!has(self.subPath) || !self.subPath.split('/').exists(p, p == '..')",
        "spec.cache.subPath must not lead out of the volume: remove '..'",
    ),
    Rule(
        "!has(oldSelf.size) || !has(self.size) || (has(self.storageClassName) ? self.storageClassName : '') == "
        "(has(oldSelf.storageClassName) ? oldSelf.storageClassName : '')",
        "spec.cache.storageClassName cannot change: a claim keeps its class; make another claim and set claimName",
    ),
    Rule(
        "!has(oldSelf.size) || !has(self.size) || (has(self.accessModes) ? self.accessModes : []) == "
        "(has(oldSelf.accessModes) ? oldSelf.accessModes : [])",
        "spec.cache.accessModes cannot change: a claim keeps its modes; make another claim and set claimName",
    ),
    Rule(
        f"!has(oldSelf.size) || !has(self.size) || {HUGE} || "
        "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0",
        "spec.cache.size cannot shrink: a claim only grows; make another claim and set claimName",
    ),
)

SERVICE_RULES = (
    Rule(
        "!has(self.nodePort) || self.type in ['NodePort', 'LoadBalancer']",
        "spec.service.nodePort needs spec.service.type NodePort or LoadBalancer",
    ),
    Rule(
        "!has(self.loadBalancerClass) || self.type == 'LoadBalancer'",
        "spec.service.loadBalancerClass needs spec.service.type LoadBalancer",
    ),
    Rule(
        "self.type != 'LoadBalancer' || oldSelf.type != 'LoadBalancer' || (has(self.loadBalancerClass) ? "
        "self.loadBalancerClass : '') == (has(oldSelf.loadBalancerClass) ? oldSelf.loadBalancerClass : '')",
        "spec.service.loadBalancerClass cannot change while the type is LoadBalancer: change the type first",
    ),
)


def own_labels(field: str) -> Rule:
    """No user's label may take the place of one that selectors and people rely on."""
    return Rule(
        "!self.exists(k, " + " || ".join(f"k.startsWith('{prefix}')" for prefix in OUR_LABELS) + ")",
        f"{field} must not begin with {' or '.join(OUR_LABELS)}: those labels are the operator's",
    )
