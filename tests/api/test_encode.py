"""Any text that a user writes reaches the API server unharmed."""

from __future__ import annotations

import pytest

from lab.client import Client
from modelservice.kube.encode import encode

TEXTS = {
    "emoji": "\U0001f600",
    "last character": "\U0010ffff",
    "chinese": "中",
    "delete": "\x7f",
    "next line": "\x80\x85\x9f",
    "line separators": "\u2028\u2029",
    "byte order mark": "\ufeff",
    "no characters": "\ufffe\uffff",
    "controls": "\x01\t\n\r",
    "escapes": "\\ud83d \\u0041 \\\U0001f600",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_apply_of_any_text_stores_that_text(api: Client, namespace: str, text: str) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "text", "namespace": namespace},
        "data": {"text": text},
    }
    answer = api.http.patch(
        f"/api/v1/namespaces/{namespace}/configmaps/text",
        params={"fieldManager": "test", "force": "true"},
        headers={"content-type": "application/apply-patch+yaml"},
        content=encode(manifest),
    )
    assert answer.is_success, answer.text
    assert answer.json()["data"]["text"] == text
