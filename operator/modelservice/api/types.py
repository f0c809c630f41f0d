"""Named types that several parts of the API share: each rule on a string is told once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from modelservice.api.base import Atomic, CoreType, Free, ListMap

ServiceName = Annotated[str, StringConstraints(max_length=53, pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$")]
SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
QUALIFIED = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

ObjectName = Annotated[str, StringConstraints(max_length=253, pattern=rf"^{SUBDOMAIN}$")]
ObjectNameOrNone = Annotated[str, StringConstraints(max_length=253, pattern=rf"^({SUBDOMAIN})?$")]
SecretKey = Annotated[str, StringConstraints(max_length=253, pattern=r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$")]
# An exponent of more digits keeps Kubernetes' own parser busy for minutes.
Quantity = Annotated[
    str,
    StringConstraints(
        max_length=32, pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei|[eE][-+]?[0-9]{1,2})?$"
    ),
]
AbsolutePath = Annotated[str, StringConstraints(max_length=1024, pattern=r"^/.*$")]
MountPath = Annotated[str, StringConstraints(max_length=1024, pattern=r"^/[^:]*$")]
Url = Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://[^\s]+$")]
Text = Annotated[str, StringConstraints(max_length=4096)]
LabelValue = Annotated[str, StringConstraints(max_length=63, pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]
ResourceName = Annotated[str, StringConstraints(max_length=253, pattern=rf"^{SUBDOMAIN}/{QUALIFIED}$")]
ClassName = Annotated[str, StringConstraints(max_length=253, pattern=rf"^({SUBDOMAIN}/)?{QUALIFIED}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", max_length=64)]
StringMap = Annotated[dict[str, str], Field(max_length=64)]

EnvVars = Annotated[list[Annotated[dict[str, Any], CoreType("EnvVar")]], ListMap(), Field(max_length=200)]
EnvFrom = Annotated[list[Annotated[dict[str, Any], CoreType("EnvFromSource")]], Atomic(), Field(max_length=50)]
PullSecrets = Annotated[
    list[Annotated[dict[str, Any], CoreType("LocalObjectReference")]], ListMap(), Field(max_length=20)
]
Tolerations = Annotated[list[Annotated[dict[str, Any], CoreType("Toleration")]], Atomic(), Field(max_length=50)]
SpreadConstraints = Annotated[
    list[Annotated[dict[str, Any], CoreType("TopologySpreadConstraint")]], Atomic(), Field(max_length=10)
]
Affinity = Annotated[dict[str, Any], CoreType("Affinity")]
ResourceRequirements = Annotated[dict[str, Any], CoreType("ResourceRequirements")]
PodSecurityContext = Annotated[dict[str, Any], CoreType("PodSecurityContext")]
FreeMap = Annotated[dict[str, Any], Free()]
