"""The mock's knobs: each fault of a model server, on command."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from mock_process import Server, running, started

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello world"}]


def ask(server: Server, **more: object) -> httpx.Response:
    return server.http.post("/v1/completions", json={"prompt": "hello world", **more})


def test_start_delay_refuses_connections_until_it_is_over() -> None:
    begin = time.monotonic()
    with started("--start-delay", "1") as server:
        server.wait_until(server.answers, "it answers")
        assert time.monotonic() - begin >= 1


def test_a_start_can_be_ended_before_it_answers() -> None:
    with started("--start-delay", "600") as server:
        server.wait_until(lambda: _handles_sigterm(server), "it hears SIGTERM")
        server.terminate()
        assert server.ended()[0] == 0


def test_latency_and_token_rate_slow_an_answer() -> None:
    with running("--latency", "0.3", "--token-rate", "20") as server:
        begin = time.monotonic()
        assert ask(server).status_code == 200
        assert time.monotonic() - begin >= 0.3 + 4 / 20


def test_knobs_may_come_from_the_environment() -> None:
    with running(env={"MOCK_ERROR_PERCENT": "100"}) as server:
        assert ask(server).status_code == 500


def test_error_percent_is_spread_evenly() -> None:
    with running("--error-percent", "25") as server:
        assert [ask(server).status_code for _ in range(8)] == [200, 200, 200, 500] * 2
        assert ask(server).status_code == 200
        assert server.http.get("/health").status_code == 200


def test_hang_answers_nothing_and_stays_healthy() -> None:
    with running("--hang-after", "1") as server:
        assert ask(server).status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            server.http.post("/v1/completions", json={"prompt": "a"}, timeout=0.5)
        assert server.http.get("/health").status_code == 200


def test_unhealthy_after_fails_the_health_route_alone() -> None:
    with running("--unhealthy-after", "1") as server:
        assert server.http.get("/health").status_code == 200
        ask(server)
        assert server.http.get("/health").status_code == 503
        assert ask(server).status_code == 200


def test_crash_after_ends_the_process_with_last_words() -> None:
    with running("--crash-after", "2", "--exit-code", "42", "--crash-message", "out of luck") as server:
        assert [ask(server).status_code for _ in range(2)] == [200, 200]
        with pytest.raises(httpx.TransportError):
            ask(server)
        assert server.ended() == (42, "out of luck\n")


def test_crash_after_zero_never_starts() -> None:
    with started("--crash-after", "0") as server:
        assert server.ended() == (1, "crashing as told\n")


def test_grow_keeps_memory_for_each_request() -> None:
    with running("--grow-mib", "20") as server:
        before = _resident(server)
        for _ in range(5):
            ask(server)
        assert _resident(server) - before >= 90 << 20


def test_only_so_many_requests_run_at_once_and_the_others_wait() -> None:
    with running("--max-num-seqs", "1", "--token-rate", "10") as server:
        body = {"prompt": "a", "max_tokens": 1000, "ignore_eos": True, "stream": True}
        with server.http.stream("POST", "/v1/completions", json=body) as first:
            next(first.iter_lines())
            waiting = threading.Thread(target=ask, args=(server,), kwargs={"max_tokens": 1})
            waiting.start()
            server.wait_until(lambda: server.metric("vllm:num_requests_waiting") == 1, "the second one waits")
            assert server.metric("vllm:num_requests_running") == 1
            assert server.metric("vllm:kv_cache_usage_perc") == 1
        waiting.join(timeout=20)
        assert not waiting.is_alive(), "the second one runs once the first client has left"


def test_api_key_closes_all_routes_but_health_and_metrics() -> None:
    with running(env={"MOCK_API_KEY": "secret"}) as server:
        paths = json.loads(server.http.get("/openapi.json", headers={"Authorization": "Bearer secret"}).text)["paths"]
        answers = {
            path: server.http.request(method, path).status_code for path, methods in paths.items() for method in methods
        }
        assert {path for path, status in answers.items() if status != 401} == {"/health", "/metrics"}
        assert server.openai("secret").chat.completions.create(model="mock", messages=HELLO).choices
        with pytest.raises(openai.AuthenticationError):
            server.openai("wrong").chat.completions.create(model="mock", messages=HELLO)


def test_sigterm_lets_running_requests_finish() -> None:
    with running("--token-rate", "100") as server:
        body = {"prompt": "a", "max_tokens": 100, "ignore_eos": True, "stream": True}
        with server.http.stream("POST", "/v1/completions", json=body) as response:
            lines = response.iter_lines()
            first = next(lines)
            server.terminate()
            rest = [line for line in lines if line]
        assert first.startswith("data: ")
        assert rest[-1] == "data: [DONE]"
        assert len(rest) == 101, "99 tokens, the end with its reason, [DONE]"
        assert server.ended()[0] == 0


def test_sigterm_ends_what_takes_longer_than_the_shutdown_timeout() -> None:
    with running("--token-rate", "1", "--shutdown-timeout", "1") as server:
        body = {"prompt": "a", "max_tokens": 1000, "ignore_eos": True, "stream": True}
        with server.http.stream("POST", "/v1/completions", json=body) as response:
            lines = response.iter_lines()
            next(lines)
            server.terminate()
            with pytest.raises(httpx.TransportError):
                list(lines)
        assert server.ended()[0] == 0


def _resident(server: Server) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def _handles_sigterm(server: Server) -> bool:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & (1 << 14))
