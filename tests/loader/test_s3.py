"""Who may read a bucket of a real server that speaks S3, and objects that were put there in parts."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.objectstores import KEYS, S3
from loader_runs import Loader

NOBODY = {"AWS_EC2_METADATA_DISABLED": "true"}
MODEL = "s3://models/parts"
PART = os.urandom(5 << 20)
"""No part but the last may be smaller."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with S3(tmp_path_factory.mktemp("s3")) as store:
        store.put("models", {"parts/": b""})
        client, upload = store.client(), {"Bucket": "models", "Key": "parts/weights.gguf"}
        begun = client.create_multipart_upload(**upload)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": client.upload_part(**upload, UploadId=begun, PartNumber=number, Body=body)["ETag"],
            }
            for number, body in enumerate((PART, b"end"), 1)
        ]
        client.complete_multipart_upload(**upload, UploadId=begun, MultipartUpload={"Parts": parts})
        yield store


@pytest.fixture
def s3(loader: Loader) -> Loader:
    return replace(loader, env=NOBODY)


def test_an_object_of_several_parts_comes_whole(s3: Loader, store: S3) -> None:
    assert s3.fetch(MODEL, "parts-1", "--endpoint", store.url, **KEYS).code == 0
    assert (s3.cache / "parts-1" / "weights.gguf").read_bytes() == PART + b"end"


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        pytest.param({}, f"{MODEL} is not public: it answered 403.", id="nobody"),
        pytest.param(
            {**KEYS, "AWS_ACCESS_KEY_ID": "stranger"}, f"{MODEL} does not know these credentials.", id="unknown-key"
        ),
        pytest.param(
            {**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"}, f"{MODEL} does not know these credentials.", id="wrong-secret"
        ),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "loader"},
            f"The keys for {MODEL} are not whole: Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY.",
            id="half-a-pair",
        ),
    ],
)
def test_keys_that_open_nothing_are_told(s3: Loader, store: S3, env: dict[str, str], sentence: str) -> None:
    assert s3.fetch(MODEL, "a", "--endpoint", store.url, **env).failed == (2, "TokenMissing", sentence)
