"""A service account's key for Cloud Storage: exchanged for a token where it says, and told where it is none."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lab.objectstores import CloudStorage
from loader_runs import Loader

MODEL = "gs://models/llama"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with CloudStorage(tmp_path_factory.mktemp("gs")) as store:
        store.put("models", {"llama/config.json": b"{}"})
        yield "--endpoint", store.url


class Issuer:
    """Where keys are exchanged for tokens; `refuses` is the error that it answers with instead."""

    def __init__(self) -> None:
        self.asked = 0
        self.refuses = ""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                issuer.asked += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                token = {"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}
                body = json.dumps({"error": issuer.refuses} if issuer.refuses else token).encode()
                self.send_response(400 if issuer.refuses else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Requests are counted, not printed."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def key(self) -> str:
        """A service account's key, as Google hands it out."""
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*form).decode()
        key = {
            "type": "service_account",
            "client_email": "loader@project.iam.gserviceaccount.com",
            "private_key": private,
            "private_key_id": "1",
            "token_uri": f"http://127.0.0.1:{self.server.server_port}/token",
        }
        return json.dumps(key)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, args=(0.05,))
    thread.start()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()
    thread.join()


def test_a_key_of_a_secret_brings_one_token(loader: Loader, endpoint: tuple[str, str], issuer: Issuer) -> None:
    assert loader.fetch(MODEL, "a", *endpoint, GOOGLE_APPLICATION_CREDENTIALS=issuer.key).code == 0
    assert issuer.asked == 1


def test_a_key_that_google_does_not_know_is_told(loader: Loader, endpoint: tuple[str, str], issuer: Issuer) -> None:
    issuer.refuses = "invalid_grant"
    code, reason, sentence = loader.fetch(MODEL, "a", *endpoint, GOOGLE_APPLICATION_CREDENTIALS=issuer.key).failed
    assert (code, reason) == (2, "TokenMissing")
    assert sentence.startswith("The key in GOOGLE_APPLICATION_CREDENTIALS brings no token: ")
    assert "invalid_grant" in sentence


@pytest.mark.parametrize("key", ["{}", "{not json", "/no/such/file"])
def test_a_key_that_is_none_is_told(loader: Loader, endpoint: tuple[str, str], key: str) -> None:
    code, reason, sentence = loader.fetch(MODEL, "a", *endpoint, GOOGLE_APPLICATION_CREDENTIALS=key).failed
    assert (code, reason) == (2, "TokenMissing")
    assert sentence.startswith("The key in GOOGLE_APPLICATION_CREDENTIALS brings no token: ")


def test_an_issuer_out_of_reach_may_come_back(loader: Loader, endpoint: tuple[str, str], issuer: Issuer) -> None:
    key = json.dumps({**json.loads(issuer.key), "token_uri": "http://127.0.0.1:9/token"})
    failed = loader.fetch(MODEL, "a", *endpoint, GOOGLE_APPLICATION_CREDENTIALS=key).failed
    assert failed[:2] == (1, "Unreachable")
