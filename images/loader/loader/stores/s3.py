"""Any store that speaks S3: AWS_* in the environment, a web identity or the machine's role; none means a public bucket.

Each piece is asked for by an address that is signed for it, so that all stores share one way of transfer.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore.session
import httpx2
from botocore import UNSIGNED, exceptions
from botocore.config import Config

from loader import http
from loader.failures import LoadFailed, Reason
from loader.stores.objects import below, split
from loader.stores.refusals import refused
from loader.task import Address, Listing, RemoteFile, Task

VALID_SECONDS = 3600
"""Of an address; a piece takes far less."""
REGION = "us-east-1"
"""Where none is told: other stores than Amazon's ignore it, and Amazon's answer tells the right one."""
UNKNOWN_KEYS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "XAdminUserNotFound"}
)
"""What stores call keys that they do not know; the last is Versity's, and comes with the status 404."""


class S3:
    def __init__(self) -> None:
        self._session = botocore.session.get_session()
        if certificates := os.environ.get("SSL_CERT_FILE"):
            self._session.set_config_variable("ca_bundle", certificates)

    def listing(self, task: Task) -> Listing:
        bucket, prefix = split(task)
        with self._telling(task):
            client = self._client(task.endpoint)
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
            return Listing("", tuple(self._file(client, task, *names) for names in below(task, keys).items()))

    def refused(self, task: Task, answer: httpx2.Response) -> LoadFailed:
        return refused(task, answer.status_code, self._is_known)

    @property
    def _is_known(self) -> bool:
        return self._session.get_credentials() is not None

    def _client(self, endpoint: str) -> Any:
        config = Config(
            signature_version="s3v4" if self._is_known else UNSIGNED,
            s3={"addressing_style": "path"} if endpoint else {},
            retries={"mode": "standard", "total_max_attempts": http.TRIES},
        )
        region = self._session.get_config_variable("region") or os.environ.get("AWS_REGION") or REGION
        return self._session.create_client("s3", region_name=region, endpoint_url=endpoint or None, config=config)

    def _file(self, client: Any, task: Task, path: str, key: str) -> RemoteFile:
        asked = {"Bucket": split(task)[0], "Key": key}
        found = client.head_object(**asked, ChecksumMode="ENABLED")

        def address() -> Address:
            with self._telling(task):
                return Address(client.generate_presigned_url("get_object", asked, ExpiresIn=VALID_SECONDS))

        return RemoteFile(path, found["ContentLength"], address, _checks(found), version=found.get("ETag", ""))

    @contextmanager
    def _telling(self, task: Task) -> Iterator[None]:
        """The library's errors as ours."""
        try:
            yield
        except exceptions.ClientError as error:
            raise self._said(task, error.response) from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            message = f"{task.reference} could not be reached: {error}."
            raise LoadFailed(Reason.UNREACHABLE, message, retry=True) from error
        except exceptions.PartialCredentialsError as error:
            raise LoadFailed(Reason.TOKEN_MISSING, f"The keys for {task.reference} are not whole: {error}.") from error
        except exceptions.BotoCoreError as error:
            raise LoadFailed(Reason.INVALID, f"{task.reference} cannot be asked for: {error}.") from error

    def _said(self, task: Task, answer: Mapping[str, Any]) -> LoadFailed:
        """The store's own codes tell a wrong key from one that may not read."""
        code, status = answer["Error"].get("Code", ""), answer["ResponseMetadata"]["HTTPStatusCode"]
        if code in UNKNOWN_KEYS:
            return refused(task, 401, has_credentials=True)
        if code == "NoSuchBucket":
            return LoadFailed(Reason.NOT_FOUND, f"There is no bucket {split(task)[0]}.")
        if status in http.PASSING:
            message = f"{task.reference} could not be reached: the store answered {status} {code}."
            return LoadFailed(Reason.UNREACHABLE, message, retry=True)
        return refused(task, status, self._is_known)


def _checks(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """An object that came in one part has its MD5 for an ETag, unless it is encrypted with keys of its owner."""
    etag = found.get("ETag", "").strip('"')
    is_md5 = len(etag) == 32 and found.get("ServerSideEncryption", "AES256") == "AES256"
    has_own_key = "SSECustomerAlgorithm" in found
    checks = [("md5", etag)] if is_md5 and not has_own_key else []
    if "ChecksumSHA256" in found and found.get("ChecksumType") != "COMPOSITE":
        checks.append(("sha256", base64.b64decode(found["ChecksumSHA256"]).hex()))
    return tuple(checks)


STORE = S3
