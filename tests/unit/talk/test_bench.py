"""`bench` against a real server on this machine, and what a client makes of a server that fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from mock_process import Server, running
from modelservice.cli.background import Background
from modelservice.cli.main import main
from modelservice.talk.client import Client
from modelservice.talk.errors import Refused, Unanswered


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("--model", "org/tiny", "--latency", "0.05", "--token-rate", "200") as server:
        yield server


@pytest.fixture
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


def bench(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    assert main(["bench", *words]) == code
    done = capsys.readouterr()
    return done.out, done.err


def test_bench_measures_a_server_by_its_url(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--requests", "6", "--concurrency", "3", "--prompt", "one two three four", "--max-tokens", "4")
    out, err = bench(capsys, f"{server.url}/v1", *words, "-o", "json")
    (told,) = json.loads(out)["servers"]
    assert (told["model"], told["answered"], told["errors"], told["tokens"]) == ("org/tiny", 6, {}, 24)
    assert 0.05 <= told["firstTokenSeconds"]["p50"] <= told["totalSeconds"]["p50"]
    assert told["betweenTokensSeconds"]["p50"] >= 0.004
    assert told["tokensPerSecond"] == pytest.approx(24 / told["wallSeconds"])
    assert server.metric("vllm:generation_tokens_total") == 9 * 4, "three answers to warm up, six to measure"
    assert "warm-up" in err


def test_bench_compares_side_by_side_and_fails_with_the_cause(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with running("--error-percent", "50") as broken:
        words = ("--requests", "4", "--concurrency", "1", "--max-tokens", "2")
        out, err = bench(capsys, f"{server.url}/v1", f"{broken.url}/v1", *words, code=1)
    answered = next(line for line in out.splitlines() if line.startswith("answered"))
    assert re.split(r" {2,}", answered) == ["answered", "4 of 4", "2 of 4"]
    assert "2 of 4 failed: failing as told" in err
    assert "first token, up to" in out


def test_bench_of_nobody_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = bench(capsys, "http://127.0.0.1:1/v1", code=1)
    assert out == ""
    assert err.splitlines()[-1].startswith("error: http://127.0.0.1:1/v1 does not answer: no answer: ")


def test_stream_that_breaks_off_is_no_answer(background: Background) -> None:
    with running("--token-rate", "20") as server:
        client = Client(server.url)
        background.run(client.__aenter__())
        pieces = background.each(
            client.chat({"messages": [{"role": "user", "content": " ".join(f"word{n}" for n in range(40))}]})
        )
        assert next(piece.text for piece in pieces if piece.says) == "wor"
        server.process.kill()
        server.process.wait()
        with pytest.raises(Unanswered, match="broke off"):
            list(pieces)
        background.run(client.__aexit__(None, None, None))


def test_answer_that_nobody_wants_any_more_ends_at_the_server(server: Server, background: Background) -> None:
    client = Client(server.url)
    background.run(client.__aenter__())
    body = {"messages": [{"role": "user", "content": "word"}], "max_tokens": 4000, "ignore_eos": True}
    pieces = background.each(client.chat(body))
    next(pieces)
    assert server.metric("vllm:num_requests_running") == 1
    pieces.close()
    server.wait_until(lambda: server.metric("vllm:num_requests_running") == 0, "the answer ends")
    background.run(client.__aexit__(None, None, None))


def test_refusal_carries_status_and_sentence(server: Server, background: Background) -> None:
    client = Client(server.url)
    background.run(client.__aenter__())
    with pytest.raises(Refused, match="does not exist") as refused:
        list(background.each(client.chat({"model": "other", "messages": [{"role": "user", "content": "x"}]})))
    assert refused.value.status == 404
    background.run(client.__aexit__(None, None, None))
