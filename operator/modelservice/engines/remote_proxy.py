"""The configuration of the HAProxy that stands for a service elsewhere.

No key is in it: HAProxy takes them from its environment, by `env()` where it adds or compares them, since that puts a
value in as it is. It holds for HAProxy 2.6 and later.
"""

from __future__ import annotations

from dataclasses import dataclass

CLIENTS_KEY = "MODELSERVICE_API_KEY"
REMOTE_KEY = "MODELSERVICE_REMOTE_API_KEY"
_OK = "http-request return status 200 content-type text/plain string ok"
_LEADS_OUT = r"{ path_reg -i (/|%2f)(\.|%2e){2}(/|%2f|$) }"
"""A path that would leave the remote's own folder, with our key."""
ALIVE, READY = "/-/alive", "/health"
"""The proxy itself answers; the service behind it does."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where requests go: `path` is what stands in the place of a client's `/v1`, and has no slash at its end."""

    tls: bool
    host: str
    port: int
    path: str
    keyed: bool


def configuration(upstream: Upstream, port: int, drain_seconds: int, guarded: bool) -> str:
    """The whole file; `guarded` says that clients must send a key of their own."""
    frontend = _frontend(port, guarded, upstream.keyed)
    return "\n".join((_global(drain_seconds), frontend, _backend(upstream, guarded)))


def _global(drain_seconds: int) -> str:
    """Answers of a model may be silent for long. Threads and connections would follow the node's size."""
    return f"""\
global
    log stdout format raw local0 info
    maxconn 4096
    nbthread 2
    hard-stop-after {max(1, drain_seconds)}s

defaults
    mode http
    timeout connect 10s
    timeout client 1h
    timeout server 1h
    timeout http-request 30s
    {_error(502, "the remote service gave no proper answer")}
    {_error(503, "the remote service cannot be reached")}
    {_error(504, "the remote service did not answer in time")}

resolvers cluster
    parse-resolv-conf
"""


def _error(status: int, message: str) -> str:
    return f"http-error status {status} content-type application/json string {_json(status, message)}"


def _json(status: int, message: str) -> str:
    return f"""'{{"error":{{"message":"{message}","type":"RemoteError","param":null,"code":{status}}}}}'"""


def _answer(status: int, message: str) -> str:
    return f"http-request return status {status} content-type application/json string {_json(status, message)}"


def _frontend(port: int, guarded: bool, keyed: bool) -> str:
    wanted = (("auth", CLIENTS_KEY, guarded), ("engine.remote", REMOTE_KEY, keyed))
    rules = [
        f"{_OK} if {{ path {ALIVE} }}",
        *(
            f"{_answer(503, f'the key of {field}.apiKeySecret is empty')} if {{ env({key}),length eq 0 }}"
            for field, key, asked in wanted
            if asked
        ),
        f"{_OK} if {{ path {READY} }} {{ nbsrv(remote) gt 0 }}",
        f"{_answer(503, 'the remote service does not answer')} if {{ path {READY} }}",
        "http-request use-service prometheus-exporter if { path /metrics }",
    ]
    if guarded:
        rules += [
            f'http-request set-var-fmt(txn.wanted) "Bearer %[env({CLIENTS_KEY})]"',
            f"{_answer(401, 'Unauthorized')} unless {{ req.fhdr(authorization),secure_memcmp(txn.wanted) -m bool }}",
        ]
    rules.append(f"{_answer(404, 'only /v1 is served')} if !{{ path_beg /v1/ }} or {_LEADS_OUT}")
    lines = "".join(f"    {rule}\n" for rule in rules)
    return f"frontend clients\n    bind :{port}\n{lines}    default_backend remote\n"


def _backend(upstream: Upstream, guarded: bool) -> str:
    """A key of ours for the clients is no business of the remote's; a client's own key passes where we ask for none."""
    key = f'"Bearer %[env({REMOTE_KEY})]"'
    rules = [
        f'http-request set-path "{upstream.path}%[path,regsub(^/v1,)]"',
        f"http-request set-header host {upstream.host}",
    ]
    if upstream.keyed:
        rules.append(f"http-request set-header authorization {key}")
    elif guarded:
        rules.append("http-request del-header authorization")
    check = f"http-check send meth GET uri {upstream.path}/models ver HTTP/1.1 hdr host {upstream.host}"
    rules += [
        "option httpchk",
        f"{check} hdr authorization {key}" if upstream.keyed else check,
        # Without a key of ours a 401 means that it answers.
        f"http-check expect ! rstatus ^(5..{'|401|403' if upstream.keyed else ''})$",
    ]
    lines = "".join(f"    {rule}\n" for rule in rules)
    return f"backend remote\n    log global\n    option log-health-checks\n{lines}{_server(upstream)}"


def _server(upstream: Upstream) -> str:
    """The name is asked for again and again, as its addresses come and go. A CA bundle of the platform counts alone."""
    server = (
        f"    server remote {upstream.host}:{upstream.port} check inter 10s fastinter 2s downinter 5s rise 1 fall 3 "
        "resolvers cluster resolve-prefer ipv4 init-addr libc,none"
    )
    if not upstream.tls:
        return f"{server}\n"
    secure = (
        f"{server} ssl verify required verifyhost {upstream.host} sni str({upstream.host}) check-sni {upstream.host}"
    )
    given, own = f'{secure} ca-file "${{SSL_CERT_FILE}}"', f"{secure} ca-file @system-ca"
    return f".if defined(SSL_CERT_FILE)\n{given}\n.else\n{own}\n.endif\n"
