"""References to one key of an object in the same namespace."""

from __future__ import annotations

from pydantic import Field

from modelservice.api.base import Model
from modelservice.api.types import ObjectName, SecretKey


class SecretKeyRef(Model):
    """One key of a Secret in the same namespace. The operator never reads it; the kubelet does."""

    name: ObjectName = Field(description="Name of the Secret, for example `hf-token`.")
    key: SecretKey = Field(description="Key within the Secret, for example `token`.")


class ConfigMapKeyRef(Model):
    """One key of a ConfigMap in the same namespace."""

    name: ObjectName = Field(description="Name of the ConfigMap, for example `chat-templates`.")
    key: SecretKey = Field(description="Key within the ConfigMap, for example `qwen.jinja`.")
