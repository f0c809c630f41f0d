"""Object stores on this machine, for the loader: Versity's gateway, which speaks S3, and an emulator of Cloud Storage.

Each is filled through its own interface, as users fill theirs.
"""

import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore.session
import httpx

from lab import binaries
from lab.process import Process

KEYS = {"AWS_ACCESS_KEY_ID": "loader", "AWS_SECRET_ACCESS_KEY": "s3cret"}
"""Who may read everything in the store that speaks S3; nobody else may."""
PATIENT = 8
"""Connections that are tried until the server is up, each after a longer pause."""


class ObjectStore(ABC):
    """A server that runs while the `with` block does; its files lie in `folder`."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self._folder = folder
        self.host = host
        self.port = _free_port(host)
        self.process = Process(type(self).__name__.lower(), folder)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.process.start(self._command())
        with httpx.Client(transport=httpx.HTTPTransport(retries=PATIENT)) as patient:
            patient.get(self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @abstractmethod
    def put(self, bucket: str, objects: Mapping[str, bytes]) -> None:
        """Put these objects by name into a bucket, which is made if there is none."""

    @abstractmethod
    def _command(self) -> list[str | Path]: ...


class S3(ObjectStore):
    """Takes KEYS and refuses everybody else."""

    def put(self, bucket: str, objects: Mapping[str, bytes]) -> None:
        client = self.client()
        client.create_bucket(Bucket=bucket)
        for name, content in objects.items():
            client.put_object(Bucket=bucket, Key=name, Body=content)

    def client(self) -> Any:
        keys = {name.lower(): value for name, value in KEYS.items()}
        return botocore.session.get_session().create_client("s3", "us-east-1", endpoint_url=self.url, **keys)

    def _command(self) -> list[str | Path]:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        access, secret = KEYS.values()
        return [
            binaries.path("versitygw"),
            *(f"--port={self.host}:{self.port}", f"--access={access}", f"--secret={secret}", "--quiet"),
            *("posix", data),
        ]


class CloudStorage(ObjectStore):
    """Keeps what it has in memory, and lets everybody read."""

    def put(self, bucket: str, objects: Mapping[str, bytes]) -> None:
        made = httpx.post(f"{self.url}/storage/v1/b", params={"project": "lab"}, json={"name": bucket})
        assert made.status_code in (httpx.codes.OK, httpx.codes.CONFLICT), made.text
        for name, content in objects.items():
            asked = {"uploadType": "media", "name": name}
            httpx.post(f"{self.url}/upload/storage/v1/b/{bucket}/o", params=asked, content=content).raise_for_status()

    def _command(self) -> list[str | Path]:
        own = f"{self.host}:{self.port}"
        return [
            binaries.path("fake-gcs-server"),
            *("-scheme=http", f"-host={self.host}", f"-port={self.port}", "-backend=memory"),
            *(f"-public-host={own}", f"-external-url=http://{own}", "-log-level=warn"),
        ]


def _free_port(host: str) -> int:
    with socket.socket() as free:
        free.bind((host, 0))
        port: int = free.getsockname()[1]
        return port
