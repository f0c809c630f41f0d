"""One pod for each engine and task, made when it is first asked for, and one client in the cluster that asks it all."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from engines import asks
from engines.subjects import KEY, NAMESPACE, SUBJECTS, Subject
from lab.client import Client, Manifest
from lab.lab import Lab
from node.caller import Caller
from node.conftest import Serve

KEYS: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"key": KEY}}


@dataclass(frozen=True, slots=True)
class Served:
    """A subject that is Ready, its status, and how it answered each question."""

    name: str
    subject: Subject
    status: Manifest
    answers: dict[str, asks.Answer]

    @property
    def model(self) -> str:
        """What clients send as its name."""
        return self.subject.asked_as or self.name


@dataclass(frozen=True, slots=True)
class Subjects:
    """All of them, on one lab."""

    lab: Lab
    cluster: Client
    serve: Serve
    caller: Caller
    known: dict[str, Served] = field(default_factory=dict)

    @classmethod
    def on(cls, lab: Lab, cluster: Client) -> Subjects:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        cluster.wait("ServiceAccount", "default", NAMESPACE)
        cluster.create(KEYS, NAMESPACE)
        return cls(lab, cluster, Serve(cluster, NAMESPACE), Caller(cluster, NAMESPACE))

    def served(self, name: str) -> Served:
        """Once it is Ready and has been asked everything."""
        if name not in self.known:
            self.known[name] = self._start(name, SUBJECTS[name])
        return self.known[name]

    def _start(self, name: str, subject: Subject) -> Served:
        if subject.before:
            self.served(subject.before)
        subject.engine.bring(self.lab)
        self.serve(name, subject.spec())
        self.serve.ready(name, subject.engine.ready_within)
        status = self.serve.until(name, lambda seen: "capabilities" in seen)
        served = Served(name, subject, status, {})
        server = asks.Server(status["url"], served.model, KEY, subject.main)
        served.answers.update(self.caller.run(Path(asks.__file__).read_text(), asdict(server)))
        return served
