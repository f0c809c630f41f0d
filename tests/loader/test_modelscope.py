"""A model of ModelScope, from a server that plays its hub: no package brings one."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from loader_runs import Loader

FILES = {"config.json": b"{}", "deep/weights.gguf": bytes(range(256)) * 4096}
TREE = [
    {"Path": path, "Type": "blob", "Size": len(content), "Sha256": hashlib.sha256(content).hexdigest(), "Revision": "1"}
    for path, content in FILES.items()
]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if not path.startswith("/api/v1/models/org/name/"):
            self._answer(404, b"{}")
        elif self.headers.get("Authorization") != "Bearer right":
            self._answer(200, json.dumps({"Code": 403, "Message": "private"}).encode())
        elif path.endswith("/repo/files"):
            folder = {"Path": "deep", "Type": "tree", "Size": 0}
            self._answer(200, json.dumps({"Code": 200, "Data": {"Files": [folder, *TREE]}}).encode())
        else:
            self._answer(200, FILES[asked["FilePath"][0]])

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_model_is_fetched_and_its_refusals_are_told(loader: Loader, endpoint: str) -> None:
    model, there = "modelscope://org/name", ("--endpoint", endpoint)
    sentence = "modelscope://org/name is not public: it answered 403."
    assert loader.fetch(model, "name-1", *there).failed == (2, "TokenMissing", sentence)
    done = loader.fetch(model, "name-1", *there, MODELSCOPE_API_TOKEN="right").done
    assert (done["downloaded"], done["revision"]) == (sum(map(len, FILES.values())), "master")
    assert {path: (loader.cache / "name-1" / path).read_bytes() for path in FILES} == FILES
    sentence = "There is no modelscope://org/other."
    assert loader.fetch("modelscope://org/other", "other-1", *there).failed == (2, "NotFound", sentence)
