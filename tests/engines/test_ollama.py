"""What the real Ollama does with names and with a model that it cannot have, besides what every engine is asked."""

from __future__ import annotations

import json
import os

import pytest

from engines.served import Subjects
from lab.client import Manifest
from node.engines import ENGINES

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it"),
]


@pytest.mark.parametrize("name", ["tiny.gguf", "ollama"])
def test_model_answers_to_its_id_and_to_the_resources_name(subjects: Subjects, name: str) -> None:
    url = subjects.served("ollama").status["openAIURL"]
    assert subjects.caller.chat(url, name)["text"]


def test_its_own_api_is_served_beside_openais(subjects: Subjects) -> None:
    url = subjects.served("ollama").status["url"]
    asked = {"model": "ollama", "messages": [{"role": "user", "content": "hello"}], "options": {"num_predict": 4}}
    status, text = subjects.caller.http(f"{url}/api/chat", "POST", {**asked, "stream": False})
    assert (status, json.loads(text)["done"]) == (200, True)


def test_model_that_its_library_does_not_give_is_told_long_before_the_budget_ends(subjects: Subjects) -> None:
    """No name server of the lab knows the library."""
    ollama = ENGINES["ollama"]
    ollama.bring(subjects.lab)
    subjects.serve("absent", {**ollama.spec, "model": "ollama://absent:1b"})

    def told(status: Manifest) -> bool:
        return "cannot bring its model" in status.get("message", "")

    status = subjects.serve.until("absent", told, 180)
    assert status["phase"] == "DownloadError"
    assert "registry.ollama.ai" in status["message"]
