"""One entry of a kubeconfig: what it says as text, as a file beside it, or as data."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelservice.kube.errors import CredentialsError


@dataclass(frozen=True, slots=True)
class Entry:
    """A cluster, user or context, and the folder that its relative paths start from."""

    fields: Mapping[str, Any]
    folder: Path

    def text(self, name: str) -> str | None:
        """A field that is plain text."""
        value = self.fields.get(name)
        return str(value) if value else None

    def file(self, name: str) -> Path | None:
        """A field that names a file, which must be there."""
        value = self.text(name)
        if value is None:
            return None
        path = self.folder / Path(value).expanduser()
        try:
            path.open("rb").close()
        except OSError as error:
            raise CredentialsError(f"{name} in the kubeconfig names {path}: {error.strerror}") from None
        return path

    def content(self, name: str) -> bytes | None:
        """A field that is given as base64 (`NAME-data`) or as a file."""
        data = self.text(f"{name}-data")
        if data is not None:
            try:
                return base64.b64decode("".join(data.split()), validate=True)
            except binascii.Error as error:
                raise CredentialsError(f"{name}-data in the kubeconfig is no base64: {error}") from None
        path = self.file(name)
        return path.read_bytes() if path else None
