"""One file behind a URL: certificates, credentials, its hash, and servers that know no ranges."""

import functools
import hashlib
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.certs import Authority, Pair
from loader_runs import Loader

CONTENT = bytes(range(256)) * 8192


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"), "company")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.serving("store", "store", ["127.0.0.1"])


class Server:
    """Python's own file server, which knows no ranges and takes this one token."""

    def __init__(self, folder: Path, pair: Pair) -> None:
        self.asked: list[str] = []
        server = self
        self.token: str | None = None
        self.is_telling_sizes = True

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
                    self.send_error(403 if "Authorization" in self.headers else 401)
                    return
                super().do_GET()

            def send_header(self, keyword: str, value: str) -> None:
                if keyword != "Content-Length" or server.is_telling_sizes:
                    super().send_header(keyword, value)

            def log_message(self, format: str, *args: object) -> None:
                """Requests are remembered, not printed."""

        handler = functools.partial(Handler, directory=str(folder))
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.http.server_port}/model.gguf"


@pytest.fixture
def server(tmp_path: Path, pair: Pair) -> Iterator[Server]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "model.gguf").write_bytes(CONTENT)
    server = Server(folder, pair)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


@pytest.fixture
def trusting(tmp_path: Path, authority: Authority) -> Loader:
    cache = tmp_path / "cache"
    cache.mkdir()
    return Loader(cache, {"SSL_CERT_FILE": str(authority.pair.cert)})


def test_the_file_is_there_and_asked_for_no_more(trusting: Loader, server: Server) -> None:
    assert trusting.fetch(server.url, "model-1").done["downloaded"] == len(CONTENT)
    assert (trusting.cache / "model-1" / "model.gguf").read_bytes() == CONTENT
    asked = len(server.asked)
    assert trusting.fetch(server.url, "model-1").done["downloaded"] == 0
    assert len(server.asked) == asked


def test_a_file_of_unknown_length_comes_whole(trusting: Loader, server: Server) -> None:
    server.is_telling_sizes = False
    ended = trusting.fetch(server.url, "model-1")
    assert ended.events[0]["total"] is None
    assert ended.done["bytes"] == len(CONTENT)


def test_the_right_hash_is_kept_and_a_wrong_one_refused(trusting: Loader, server: Server) -> None:
    right, wrong = hashlib.sha256(CONTENT).hexdigest(), "0" * 64
    code, reason, sentence = trusting.fetch(server.url, "model-1", "--sha256", wrong).failed
    assert (code, reason) == (2, "HashMismatch")
    assert sentence == f"`model.gguf` of {server.url} has the sha256 {right}, and {wrong} is expected."
    assert not (trusting.cache / "model-1").exists()
    assert trusting.fetch(server.url, "model-2", "--sha256", right).code == 0


def test_a_token_is_shown_and_its_lack_told(trusting: Loader, server: Server) -> None:
    server.token = "right"
    sentence = f"{server.url} is not public: it answered 401."
    assert trusting.fetch(server.url, "model-1").failed == (2, "TokenMissing", sentence)
    sentence = f"{server.url} may not be read with these credentials."
    assert trusting.fetch(server.url, "model-1", HTTP_TOKEN="wrong").failed == (2, "Gated", sentence)
    assert trusting.fetch(server.url, "model-1", HTTP_TOKEN="right").code == 0


def test_a_missing_file_is_told(trusting: Loader, server: Server) -> None:
    url = server.url.replace("model.gguf", "other.gguf")
    assert trusting.fetch(url, "model-1").failed == (2, "NotFound", f"There is no {url}.")


def test_a_certificate_of_nobody_is_told_at_once(trusting: Loader, server: Server) -> None:
    code, reason, sentence = trusting.fetch(server.url, "model-1", SSL_CERT_FILE="").failed
    assert (code, reason) == (1, "Unreachable")
    assert "CERTIFICATE_VERIFY_FAILED" in sentence
