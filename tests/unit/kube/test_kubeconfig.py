"""Kubeconfigs as people have them, and what is said about broken ones."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelservice.kube import credentials, kubeconfig, login
from modelservice.kube.errors import CredentialsError
from modelservice.kube.execplugin import ExecPlugin
from modelservice.kube.proxy import proxy_of
from modelservice.kube.tls import trusting


def written(path: Path, **changes: Any) -> Path:
    config = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example.com:6443/"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({**config, **changes}))
    return path


def cluster(**fields: Any) -> dict[str, Any]:
    return {"clusters": [{"name": "c", "cluster": {"server": "https://c.example.com:6443", **fields}}]}


def user(**fields: Any) -> dict[str, Any]:
    return {"users": [{"name": "u", "user": fields}]}


def header(found: credentials.Credentials) -> str | None:
    return asyncio.run(found.authorization.header())


def test_kubeconfig_gives_server_namespace_and_token(tmp_path: Path) -> None:
    found = kubeconfig.load([written(tmp_path / "config")])
    assert (found.server, found.namespace, header(found)) == ("https://c.example.com:6443", "team", "Bearer t")


def test_first_of_several_files_counts_and_the_others_add(tmp_path: Path) -> None:
    first = written(tmp_path / "a", contexts=[], clusters=[], **user(token="first"))
    second = written(tmp_path / "b", **{"current-context": "elsewhere"}, **user(token="second"))
    found = kubeconfig.load([tmp_path / "missing", first, second])
    assert (found.server, header(found)) == ("https://c.example.com:6443", "Bearer first")


def test_kubeconfig_says_how_the_server_is_reached(tmp_path: Path) -> None:
    fields = {"tls-server-name": "inside", "proxy-url": "http://proxy:3128", "insecure-skip-tls-verify": True}
    found = kubeconfig.load([written(tmp_path / "config", **cluster(**fields))])
    assert (found.server_name, found.proxy, found.tls.check_hostname) == ("inside", "http://proxy:3128", False)


def test_server_is_verified_unless_told_otherwise(tmp_path: Path) -> None:
    assert kubeconfig.load([written(tmp_path / "config")]).tls.check_hostname


def test_user_and_password_log_in(tmp_path: Path) -> None:
    found = kubeconfig.load([written(tmp_path / "config", **user(username="me", password="it's ok"))])
    assert header(found) == "Basic bWU6aXQncyBvaw=="


def test_files_are_found_beside_the_kubeconfig(tmp_path: Path) -> None:
    path = written(tmp_path / "deep" / "config", **user(tokenFile="token"))
    (tmp_path / "deep" / "token").write_text("from file\n")
    assert header(kubeconfig.load([path])) == "Bearer from file"


def test_context_may_be_chosen_by_name(tmp_path: Path) -> None:
    other = {"name": "there", "context": {"cluster": "c", "user": "u", "namespace": "elsewhere"}}
    here = {"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team"}}
    path = written(tmp_path / "config", contexts=[here, other])
    assert kubeconfig.load([path]).namespace == "team"
    assert kubeconfig.load([path], "there").namespace == "elsewhere"
    assert kubeconfig.contexts([path]) == ("here", "there")


PROXIES = {
    "named": ({"HTTPS_PROXY": "http://proxy:3128"}, "https://c.example.com", "http://proxy:3128"),
    "without a scheme": ({"https_proxy": "proxy:3128"}, "https://c.example.com", "http://proxy:3128"),
    "of another scheme": ({"HTTP_PROXY": "proxy:3128"}, "https://c.example.com", None),
    "excepted domain": ({"HTTPS_PROXY": "p:1", "NO_PROXY": "x, .example.com"}, "https://c.example.com", None),
    "excepted network": ({"HTTPS_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3:6443", None),
    "another network": ({"HTTPS_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3:6443", "http://p:1"),
    "everything excepted": ({"HTTPS_PROXY": "p:1", "NO_PROXY": "*"}, "https://c.example.com", None),
    "this machine": ({"HTTPS_PROXY": "p:1"}, "https://127.0.0.1:6443", None),
}


@pytest.mark.parametrize(("environment", "server", "proxy"), PROXIES.values(), ids=PROXIES)
def test_proxy_of_the_environment_is_used_as_kubectl_does(
    environment: dict[str, str], server: str, proxy: str | None
) -> None:
    assert proxy_of(server, environment) == proxy


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no context": ({"current-context": ""}, "no current-context: `kubectl config use-context NAME` sets it"),
    "unknown context": ({"current-context": "x"}, "no entry 'x' in `contexts`"),
    "unknown user": ({"users": []}, "no entry 'u' in `users`"),
    "unknown cluster": ({"clusters": None}, "no entry 'c' in `clusters`"),
    "no server": (cluster(server=""), "cluster 'c' in the kubeconfig has no server"),
    "broken data": (cluster(**{"certificate-authority-data": "%%"}), "certificate-authority-data .* is no base64"),
    "proxy of another kind": (cluster(**{"proxy-url": "socks5://p:1"}), "is neither http:// nor https://"),
    "authority of no file": (cluster(**{"certificate-authority": "gone"}), "names .*gone: No such file"),
    "authority that is none": (cluster(**{"certificate-authority-data": "eA=="}), "is no certificate in PEM"),
    "no login": (user(), "give it a token, a client certificate or `exec`"),
    "no pair": (user(**{"client-certificate-data": "eA==", "client-key-data": "eA=="}), "are no pair"),
    "no command": (user(exec={"apiVersion": "client.authentication.k8s.io/v1"}), "names no command"),
    "retired login": (user(**{"auth-provider": {"name": "gcp"}}), "use an exec plugin"),
}


@pytest.mark.parametrize(("changes", "text"), BROKEN.values(), ids=BROKEN)
def test_broken_kubeconfig_says_what_to_mend(tmp_path: Path, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(CredentialsError, match=text):
        kubeconfig.load([written(tmp_path / "config", **changes)])


def test_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("{")
    with pytest.raises(CredentialsError, match=r"config is no kubeconfig"):
        kubeconfig.load([tmp_path / "config"])


def test_named_kubeconfig_comes_before_all_else(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", clusters=[]), written(tmp_path / "b")
    found = login.find({"KUBECONFIG": f"{first}:{second}", "KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert found.server == "https://c.example.com:6443"


def test_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"KUBECONFIG names .*gone, and there is no such file"):
        login.find({"KUBECONFIG": str(tmp_path / "gone")})


def test_usual_kubeconfig_counts_before_the_pods_own_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(login, "SERVICE_ACCOUNT", tmp_path)
    (tmp_path / "token").write_text("pod")
    written(tmp_path / ".kube" / "config")
    assert login.find({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}).server == "https://c.example.com:6443"


def test_no_login_at_all_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CredentialsError, match="set KUBECONFIG"):
        login.find({})


def test_context_is_not_passed_over_where_there_is_no_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CredentialsError, match="no context 'other'"):
        login.find({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "other")


def test_usual_kubeconfig_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path / ".kube" / "config")
    assert login.find({}).namespace == "team"


def test_token_file_is_read_again_after_a_minute(tmp_path: Path) -> None:
    now = 0.0
    file = tmp_path / "token"
    file.write_text("first")
    authorization = credentials.TokenFile(file, clock=lambda: now)

    async def read() -> str | None:
        return await authorization.header()

    assert asyncio.run(read()) == "Bearer first"
    file.write_text("second")
    now = 30.0
    assert asyncio.run(read()) == "Bearer first"
    now = 61.0
    assert asyncio.run(read()) == "Bearer second"


def plugin(code: str, **options: Any) -> ExecPlugin:
    block = {
        "command": sys.executable,
        "args": ["-c", code],
        "apiVersion": "client.authentication.k8s.io/v1",
        **options,
    }
    return ExecPlugin.of(block, Path("/"), trusting(None), {"server": "https://c.example.com"})


FAILURES = {
    "ends badly": ("import sys; sys.exit('log in first')", "failed: log in first"),
    "no json": ("print('hello')", "printed no ExecCredential"),
    "no status": ("print('{}')", "printed no ExecCredential"),
    "nothing given": ("print('{\"status\": {}}')", "printed neither a token nor a certificate"),
}


@pytest.mark.parametrize(("code", "text"), FAILURES.values(), ids=FAILURES)
def test_login_program_that_fails_is_named_with_its_reason(code: str, text: str) -> None:
    with pytest.raises(CredentialsError, match=f"login program {sys.executable} {text}"):
        asyncio.run(plugin(code).header())


def test_login_program_that_is_missing_says_how_to_get_it() -> None:
    missing = plugin("", command="no-such-program", installHint="Install it with: corp install login")
    with pytest.raises(CredentialsError, match=r"no-such-program: No such file .*\. Install it with: corp install"):
        asyncio.run(missing.header())


TELL = """
import json, os
asked = json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]
print(json.dumps({"status": {"token": asked.get("cluster", {}).get("server", "nothing")}}))
"""


@pytest.mark.parametrize(("wanted", "told"), [(True, "Bearer https://c.example.com"), (False, "Bearer nothing")])
def test_login_program_is_told_of_the_cluster_where_it_asks(wanted: bool, told: str) -> None:
    assert asyncio.run(plugin(TELL, provideClusterInfo=wanted).header()) == told


def test_login_program_that_must_speak_with_people_needs_a_terminal() -> None:
    with pytest.raises(CredentialsError, match="run this on a terminal"):
        plugin("", interactiveMode="Always")


ONE_HOUR_EACH = """
import json, pathlib, sys
runs = pathlib.Path(sys.argv[1])
runs.write_text(runs.read_text() + "x")
end = f"2026-01-01T{len(runs.read_text()):02}:00:00Z"
print(json.dumps({"status": {"token": "t", "expirationTimestamp": end}}))
"""


def test_login_program_is_run_again_before_its_token_ends(tmp_path: Path) -> None:
    """Many requests at once still run it once."""
    runs = tmp_path / "runs"
    runs.write_text("")
    program = plugin(ONE_HOUR_EACH, args=["-c", ONE_HOUR_EACH, str(runs)])

    async def ask(hour: int, minute: int, second: int) -> int:
        program.now = lambda: datetime(2026, 1, 1, hour, minute, second, tzinfo=UTC)
        assert set(await asyncio.gather(*(program.header() for _ in range(3)))) == {"Bearer t"}
        return len(runs.read_text())

    async def day() -> list[int]:
        return [await ask(*time) for time in ((0, 0, 0), (0, 59, 29), (0, 59, 31), (1, 30, 0), (2, 0, 0))]

    assert asyncio.run(day()) == [1, 1, 2, 2, 3]
