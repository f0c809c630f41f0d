"""The proxy that the environment names for the API server, read as kubectl reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


def proxy_of(server: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """HTTPS_PROXY or HTTP_PROXY unless NO_PROXY excepts the server. This machine itself is never behind a proxy."""
    address = urlsplit(server)
    host, port = address.hostname or "", str(address.port or PORTS.get(address.scheme))
    proxy = _said(f"{address.scheme}_proxy", environment)
    if not proxy or _is_this_machine(host) or any(_covers(rule, host, port) for rule in _exceptions(environment)):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _said(name: str, environment: Mapping[str, str]) -> str:
    return environment.get(name.upper()) or environment.get(name, "")


def _exceptions(environment: Mapping[str, str]) -> list[str]:
    return [rule.strip().lower() for rule in _said("no_proxy", environment).split(",") if rule.strip()]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _covers(rule: str, host: str, port: str) -> bool:
    """`*`, an address, a network, a domain and all below it, `.domain` for what is below alone; `:port` narrows it."""
    try:
        return ip_address(host) in ip_network(rule, strict=False)
    except ValueError:
        name, colon, only = rule.rpartition(":")
        if colon and only.isdigit():
            return only == port and _covers(name, host, port)
        below = f".{rule.removeprefix('*').removeprefix('.')}"
        return rule == "*" or host.endswith(below) or (host == rule)
