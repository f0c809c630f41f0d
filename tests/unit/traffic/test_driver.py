"""The traffic driver counts each kind of end for what it is."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from traffic.driver import Load, Traffic

CHUNK = 'data: {"choices": [{"finish_reason": %s}]}\n\n'
WHOLE = CHUNK % "null" + CHUNK % '"length"' + "data: [DONE]\n\n"
ANSWERS = {
    "whole": (200, WHOLE),
    "cut": (200, CHUNK % "null"),
    "error-chunk": (200, 'data: {"error": {"message": "gone"}}\n\ndata: [DONE]\n\n'),
    "json": (200, '{"data": []}'),
    "half-json": (200, '{"data": '),
    "refused": (503, "engine is busy"),
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    answer = "whole"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, body = ANSWERS[self.server.answer]
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def load(server: Server) -> Load:
    return Load(url=f"http://127.0.0.1:{server.server_port}/v1", model="tiny", clients=2)


def test_whole_streams_are_finished_requests(server: Server) -> None:
    with Traffic(load(server)) as traffic:
        traffic.wait_for(finished=10)
    account = traffic.account
    assert account.failed == 0
    assert account.sent == account.finished >= 10


def test_answers_that_do_not_stream_are_finished_when_they_are_json(server: Server) -> None:
    with Traffic(replace(load(server), path="/embeddings", body={"input": ["hello"]})) as traffic:
        server.answer = "json"
        traffic.wait_for(finished=10)
        server.answer = "half-json"
        traffic.wait_for(failed=1)
    assert "JSONDecodeError" in str(traffic.account)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        pytest.param("cut", "without [DONE]", id="cut"),
        pytest.param("error-chunk", "'error'", id="error-chunk"),
        pytest.param("refused", "HTTP 503", id="refused"),
    ],
)
def test_other_ends_are_failures_with_their_cause(server: Server, answer: str, what: str) -> None:
    with Traffic(load(server)) as traffic:
        traffic.wait_for(finished=2)
        server.answer = answer
        traffic.wait_for(failed=1)
        server.answer = "whole"
        traffic.wait_for(finished=2)
    assert what in str(traffic.account)
    assert traffic.account.sent == traffic.account.finished + traffic.account.failed
