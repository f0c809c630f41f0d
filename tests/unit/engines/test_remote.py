"""A service elsewhere: what the proxy is told, where the keys are, and what means nothing to it."""

from __future__ import annotations

from typing import Any

import pytest

from engine_asks import ask, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask

REMOTE = engine(EngineType.REMOTE)
KEYED = ", apiKeySecret: {name: theirs, key: k}"
GUARDED = "auth: {apiKeySecret: {name: ours, key: k}}"


def remote(url: str = "https://api.example.org/v1", more: str = "", spec: str = "", **other: Any) -> Ask:
    text = f"engine: {{type: remote, remote: {{url: '{url}'{more}}}}}"
    return ask(f"{text}\n{spec}", other.pop("gpus", 0), "3.2", **other)


def lines(asked: Ask) -> list[str]:
    (file,) = REMOTE.launch(asked).files
    return [line.strip() for line in file.content.splitlines()]


def test_proxy_runs_without_a_shell_and_reads_one_file() -> None:
    launch = REMOTE.launch(remote())
    assert (launch.command, launch.args) == (("haproxy",), ("-db", "-f", launch.files[0].path))
    assert (launch.port, launch.non_root) == (8000, 99)
    assert REMOTE.image("3.2", 0, "nvidia.com/gpu") == "haproxy:3.2"


def test_pod_is_ready_when_the_remote_answers_and_alive_when_the_proxy_does() -> None:
    launch = REMOTE.launch(remote())
    assert (launch.startup_path, launch.ready_path, launch.live_path) == ("/-/alive", "/health", "/-/alive")


def test_keys_come_by_environment_and_stand_in_no_file() -> None:
    launch = REMOTE.launch(remote(more=KEYED, spec=GUARDED))
    references = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in launch.env}
    assert references == {
        "MODELSERVICE_API_KEY": {"name": "ours", "key": "k"},
        "MODELSERVICE_REMOTE_API_KEY": {"name": "theirs", "key": "k"},
    }
    text = launch.files[0].content
    assert "%[env(MODELSERVICE_REMOTE_API_KEY)]" in text
    assert "${MODELSERVICE" not in text, "an expanded value would be read as configuration"


WHERE = {
    "TLS": ("https://api.example.org/v1", "server remote api.example.org:443 ", "/v1%[path,regsub(^/v1,)]"),
    "plain, in the cluster": (
        "http://qwen.ai.svc.cluster.local:8000/v1/",
        "server remote qwen.ai.svc.cluster.local:8000 ",
        "/v1%[path,regsub(^/v1,)]",
    ),
    "a folder": ("https://a.b/openai/v1", "server remote a.b:443 ", "/openai/v1%[path,regsub(^/v1,)]"),
    "a port": ("https://a.b:8443/v1", "server remote a.b:8443 ", "/v1%[path,regsub(^/v1,)]"),
}


@pytest.mark.parametrize(("url", "server", "path"), WHERE.values(), ids=WHERE)
def test_requests_go_where_the_url_says(url: str, server: str, path: str) -> None:
    told_lines = lines(remote(url))
    assert f'http-request set-path "{path}"' in told_lines
    servers = [line for line in told_lines if line.startswith("server")]
    assert all(line.startswith(server) for line in servers)
    assert all((" ssl verify required verifyhost " in line) == url.startswith("https") for line in servers)


CREDENTIALS = {
    "no keys: the client's passes": ("", "", None),
    "the remote's key": (KEYED, "", 'set-header authorization "Bearer %[env(MODELSERVICE_REMOTE_API_KEY)]"'),
    "ours stays here": ("", GUARDED, "del-header authorization"),
    "both": (KEYED, GUARDED, 'set-header authorization "Bearer %[env(MODELSERVICE_REMOTE_API_KEY)]"'),
}


@pytest.mark.parametrize(("more", "spec", "rule"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_remote_sees_its_own_key_alone(more: str, spec: str, rule: str | None) -> None:
    found = [line for line in lines(remote(more=more, spec=spec)) if "header authorization" in line]
    assert found == ([f"http-request {rule}"] if rule else [])


REFUSED = {
    "no plain URL": (remote("https://user:pass@a.b/v1"), "engine.remote.url", "engine.remote.apiKeySecret"),
    "a query": (remote("https://a.b/v1?x=1"), "engine.remote.url", "https://host/path"),
    "words of its own": (remote('https://a.b/v1"x'), "engine.remote.url", "https://host/path"),
    "a short name": (remote("http://qwen.ai.svc:8000/v1"), "engine.remote.url", "svc.cluster.local"),
    "a bad port": (remote("http://a.b:99999/v1"), "engine.remote.url", "no port"),
    "options": (remote(spec="servedNames: [a]"), "servedNames", "remove it"),
    "GPUs": (remote(gpus=1), "gpu.count", "remove it"),
    "serving": (remote(spec="serving: {contextLength: 9}"), "serving.contextLength", "use engine.type: vllm"),
}


@pytest.mark.parametrize(("asked", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_means_nothing_to_it_is_refused_with_the_fix(asked: Ask, field: str, advice: str) -> None:
    (finding,) = check(asked)
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


def test_url_without_a_path_is_taken_at_its_word_with_a_warning() -> None:
    asked = remote("https://a.b")
    assert told(check(asked)) == [("InvalidSpec", "engine.remote.url", False)]
    assert 'http-request set-path "%[path,regsub(^/v1,)]"' in lines(asked)


def test_command_line_is_the_operators_alone() -> None:
    text = "engine: {type: remote, args: [-d], options: {d: true}, remote: {url: 'https://a.b/v1'}}"
    assert told(check(ask(text, 0, "3.2"))) == [
        ("UnsupportedByEngine", "engine.args", True),
        ("UnsupportedByEngine", "engine.options", True),
    ]


def test_running_requests_have_their_time_after_the_signal() -> None:
    asked = remote(spec="drainTimeoutSeconds: 90")
    drain = REMOTE.launch(asked).drain
    assert (drain.before_sigterm, drain.after_sigterm) == (5, 90)
    assert "hard-stop-after 90s" in lines(asked)
