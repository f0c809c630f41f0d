"""The operator's own ServiceAccount on a real API server, with what the chart grants it and nothing more.

An operator process outside of the cluster runs as it, so that a right that the chart forgets is missed there too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from chart.helm import rendered
from eventually import at_last
from lab.client import Client, Manifest

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
CLUSTER_WIDE = ("ClusterRole", "ClusterRoleBinding")


class Right(NamedTuple):
    """One verb on one resource, as the API server's own refusal words it."""

    verb: str
    resource: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}" + (f".{self.group}" if self.group else "")


@dataclass(frozen=True, slots=True)
class OperatorAccount:
    """The account in `namespace`; `kubeconfig` is for the operator, `client` stays the administrator's."""

    client: Client
    namespace: str
    name: str
    roles: tuple[Manifest, ...]
    kubeconfig: Path

    @property
    def rights(self) -> frozenset[Right]:
        return frozenset(right for role in self.roles for rule in role["rules"] for right in _rights(rule))

    @contextmanager
    def without(self, rights: Collection[Right]) -> Iterator[None]:
        """The account lacks these rights until the end."""
        try:
            self.lack(rights)
            yield
        finally:
            self.lack(())

    def lack(self, rights: Collection[Right]) -> None:
        """From now on the account has all that the chart grants but these."""
        for role in self.roles:
            rules = [narrower for rule in role["rules"] for narrower in _narrowed(rule, rights)]
            self.client.apply({**role, "rules": rules})
        self.granted(rights)

    def granted(self, lacking: Collection[Right] = ()) -> None:
        """Return once the API server's authorizer has heard of it."""
        with Client(self.kubeconfig) as own:
            at_last(lambda: self.rights & self._told(own) == self.rights.difference(lacking), within=60)

    def _told(self, own: Client) -> frozenset[Right]:
        """What the API server says that it may do in its namespace."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "metadata": {"name": ""},
            "spec": {"namespace": self.namespace},
        }
        rules = own.create(review)["status"]["resourceRules"]
        return frozenset(right for rule in rules for right in _rights(rule))


@contextmanager
def operator_account(client: Client, namespace: str, folder: Path, *values: str) -> Iterator[OperatorAccount]:
    """The account that a release of the chart in this namespace has with these values."""
    manifests = rendered("rbac.aggregate=false", *values, release=namespace, namespace=namespace)
    made = [manifest for manifest in manifests if manifest["kind"] in ("ServiceAccount", *ROLES, *BINDINGS)]
    for manifest in made:
        client.apply(manifest)
    name = next(manifest["metadata"]["name"] for manifest in made if manifest["kind"] == "ServiceAccount")
    roles = tuple(manifest for manifest in made if manifest["kind"] in ROLES)
    kubeconfig = _kubeconfig(client, namespace, name, folder / f"{namespace}.kubeconfig")
    account = OperatorAccount(client, namespace, name, roles, kubeconfig)
    account.granted()
    try:
        yield account
    finally:
        for manifest in made:
            if manifest["kind"] in CLUSTER_WIDE:
                client.delete(manifest["kind"], manifest["metadata"]["name"])


def _kubeconfig(client: Client, namespace: str, name: str, path: Path) -> Path:
    content = yaml.safe_load(client.kubectl("config", "view", "--raw", "--flatten", "--minify"))
    token = client.kubectl("create", "token", name, f"--namespace={namespace}").strip()
    content["users"][0]["user"] = {"token": token}
    path.write_text(yaml.safe_dump(content))
    path.chmod(0o600)
    return path


def _rights(rule: dict[str, Any]) -> Iterator[Right]:
    for group in rule.get("apiGroups", ()):
        for resource in rule.get("resources", ()):
            for verb in rule["verbs"]:
                yield Right(verb, resource, group)


def _narrowed(rule: dict[str, Any], lost: Collection[Right]) -> Iterator[dict[str, Any]]:
    """The rule without these rights; a rule for each resource, so that one may lose what another keeps."""
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            verbs = [verb for verb in rule["verbs"] if Right(verb, resource, group) not in lost]
            if verbs:
                yield {"apiGroups": [group], "resources": [resource], "verbs": verbs}
